"""What the MuJoCo tasks share: N worlds over one model, episodes, saving and pictures.

A task is a model in MJCF and a `PhysicsBatch` (`envs/physics/batch.py`), which says how an episode
begins, what actions do, what is seen and what is judged. The single environment is then
``BatchEnv(batch, Picture(mode, batch).draw)`` and the vector environment ``BatchVectorEnv(batch)``,
both of `envs.batched`. `envs/maze` is the shortest example.

- `worlds.py`: `Worlds`, N worlds in arrays (`qpos`, `ctrl`, `mocap_pos` ...), and their steps.
- `batch.py`: `PhysicsBatch`, the `Batch` of `envs.batched` on top of them.
- `render.py`: `Picture`, frames of the first world without a display.
- `opengl.py`: where the OpenGL context comes from; `library.py`: how MuJoCo is imported.
"""
