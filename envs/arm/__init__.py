"""A planar arm that pushes a block over a table to a goal, in MuJoCo."""
