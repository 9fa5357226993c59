"""Speaks to the page as the run does, with nobody learning: for work on the page alone.

``python tests/human_controllers/browser/fake_server.py [continuous|discrete|questions] [port]``
"""

from __future__ import annotations

import asyncio
import io
import struct
import sys
import time
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import uvicorn
from fastapi import FastAPI, Response, WebSocket, WebSocketDisconnect
from fastapi.staticfiles import StaticFiles
from PIL import Image

STATIC = Path(__file__).resolve().parents[3] / "human_controllers" / "browser" / "static"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TOKEN = "token"
KINDS = ["intervention", "evaluation", "preference", "ranking", "correction", "utterance"]
WELCOME: dict[str, Any] = {
    "t": "welcome", "run": "pvp__driving__browser__s0", "kinds": KINDS, "dt": 0.1,
    "pace": "time", "rise": 3.0, "fall": 5.0, "idle": None, "axes": [], "actions": [],
}  # fmt: skip
TASKS = {
    "continuous": ("driving", {"axes": [{"down": "right", "up": "left"}, {"down": "down", "up": "up"}]}),
    "discrete": ("lunar_lander", {
        "actions": [{"key": k, "number": n, "name": w} for k, n, w in [
            ("right", 1, "left engine"), ("up", 2, "main engine"), ("left", 3, "right engine")]],
        "idle": 0,
    }),
}  # fmt: skip


def jpeg(frame: np.ndarray, quality: int = 85) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


class World:
    """A task with an agent of sorts, and its clips."""

    def __init__(self, mode: str):
        import envs.registry  # noqa: F401

        self.mode = mode
        name = "LunarLander-v3" if mode == "discrete" else "coachable/Driving-v0"
        self.env = gym.make(name, render_mode="rgb_array")
        self.env.reset(seed=3)
        self.rng = np.random.default_rng(0)
        self.expert = None
        if mode != "discrete":
            from envs.driving.oracle import driving_oracle

            self.expert = driving_oracle(self.env.unwrapped.batch)

    def step(self, action: Any = None) -> np.ndarray:
        if action is None:
            action = self.expert.action(None)[0] if self.expert else int(self.rng.integers(4))
            if self.expert:
                action = np.clip(action + self.rng.normal(0, 0.2, 2), -1, 1).astype(np.float32)
        _, _, terminated, truncated, _ = self.env.step(action)
        self.last = action
        if terminated or truncated:
            self.env.reset()
        return self.env.render()

    def clip(
        self, frames: int = 24, width: int = 300, columns: int = 6
    ) -> tuple[dict[str, Any], bytes, list]:
        pictures, rows = [], []
        for _ in range(frames):
            frame = Image.fromarray(self.step())
            pictures.append(frame.resize((width, round(width * frame.height / frame.width))))
            rows.append(np.atleast_1d(self.last).astype(float).tolist())
        w, h = pictures[0].size
        sheet = Image.new("RGB", (columns * w, -(-frames // columns) * h))
        for number, picture in enumerate(pictures):
            sheet.paste(picture, (number % columns * w, number // columns * h))
        return (
            {"frames": frames, "width": w, "height": h, "columns": columns},
            jpeg(np.asarray(sheet)),
            rows,
        )


class Run:
    """The run's state, what it has received, and the clips of its questions."""

    def __init__(
        self, mode: str, kinds: list[str] | None = None, seed_questions: list[str] | None = None
    ):
        self.world = World(mode)
        task, layout = TASKS["discrete" if mode == "discrete" else "continuous"]
        self.welcome = {**WELCOME, "task": task, **layout, "kinds": kinds or KINDS}
        self.received: list[dict[str, Any]] = []
        self.kept: dict[str, dict[str, Any]] = {}
        self.driver: str | None = None
        self.paused = False
        self.step = 0
        self.steer: dict[str, Any] = {}
        self.frame = 0
        self.jpeg = jpeg(self.world.step())
        self.people: dict[WebSocket, str] = {}
        self.last: dict[str, Any] | None = None
        self.questions = seed_questions or ["preference", "ranking", "correction"]
        self.clips: dict[tuple[str, int], bytes] = {}
        self.started = time.monotonic()

    def question(self, number: int) -> dict[str, Any]:
        kind = self.questions[number % len(self.questions)]
        asked, clips = f"q{number}", []
        for k in range({"preference": 2, "ranking": 4, "correction": 1}[kind]):
            clip, sheet, rows = self.world.clip()
            self.clips[asked, k] = sheet
            clips.append(clip)
        question = {
            "t": "question",
            "question": asked,
            "kind": kind,
            "clips": clips,
            "fps": 10,
            "left": 120,
        }
        if kind == "correction":
            question["action"] = (
                {"rows": [[int(r[0])] for r in rows], "number": 4} if self.world.mode == "discrete"
                else {"rows": rows, "low": [-1, -1], "high": [1, 1], "names": ["steering", "throttle"]}
            )  # fmt: skip
        return question

    def state(self, name: str) -> dict[str, Any]:
        curve = [[s, 1 - float(np.exp(-s / 4000))] for s in range(0, 12000 + self.step, 1000)]
        return {
            "t": "state", "driver": self.driver, "in_control": self.driver == name,
            "paused": self.paused, "waiting": None, "step": 12000 + self.step, "total": 40000,
            "minutes": (time.monotonic() - self.started) / 60 + 6.2, "success": curve[-1][1], "curve": curve,
            "people": sorted(self.people.values()), "open": 3, "answered": len(self.kept),
            "agreement": 0.86, "last": self.last,
        }  # fmt: skip

    async def go(self) -> None:
        while True:
            await asyncio.sleep(0.05 if self.welcome["dt"] <= 0.05 else 0.1)
            if self.paused or not self.people:
                continue
            action = None
            if self.driver and "axes" in self.steer:
                action = np.array(self.steer["axes"], np.float32)
            elif self.driver and "action" in self.steer:
                action = 0 if self.steer["action"] is None else self.steer["action"]
            self.jpeg = jpeg(self.world.step(action))
            self.step += 1
            self.frame += 1


def app_of(run: Run) -> FastAPI:
    app = FastAPI()
    app.mount("/static", StaticFiles(directory=STATIC))

    @app.get("/")
    def index(token: str = "") -> Response:
        headers = {"Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff"}
        if token != TOKEN:
            return Response("wrong token", 403, headers)
        return Response((STATIC / "index.html").read_text(), 200, headers, "text/html")

    @app.get("/clip/{question}/{k}")
    def clip(question: str, k: int, token: str = "") -> Response:
        return Response(run.clips[question, k], 200, media_type="image/jpeg")

    @app.websocket("/ws")
    async def ws(socket: WebSocket, token: str = "") -> None:
        await socket.accept()
        if token != TOKEN:
            await socket.close(4401)
            return
        name = (await socket.receive_json())["name"]
        run.people[socket] = name
        await socket.send_json({**run.welcome, "you": name})
        shown = sent = run.frame - 1
        asked = 0

        async def push() -> None:
            nonlocal sent
            last = 0.0
            while True:
                await asyncio.sleep(0.02)
                if run.frame > sent and sent - shown < 2:
                    sent = run.frame
                    await socket.send_bytes(struct.pack("<I", sent) + run.jpeg)
                if time.monotonic() - last > 0.25:
                    last = time.monotonic()
                    await socket.send_json(run.state(name))

        task = asyncio.create_task(push())
        asks = [k for k in run.questions if k in run.welcome["kinds"]]
        try:
            if asks:
                await socket.send_json(run.question(asked))
            while True:
                message = await socket.receive_json()
                run.received.append(message)
                kind = message["t"]
                if kind == "shown":
                    shown = max(shown, message["frame"])
                elif kind == "control":
                    run.driver = name if message["on"] else None
                    run.steer = {}
                    await socket.send_json(run.state(name))
                elif kind == "steer" and run.driver == name:
                    run.steer = message
                elif kind == "pause":
                    run.paused = message["on"]
                    await socket.send_json(run.state(name))
                if "id" in message:
                    run.kept[message["id"]] = message
                    await asyncio.sleep(0.05)
                    await socket.send_json({"t": "kept", "id": message["id"]})
                if kind == "judge":
                    run.last = {"value": message["value"], "by": name}
                if kind == "say":
                    await socket.send_json(
                        {
                            "t": "understood",
                            "text": message["text"],
                            "meaning": "slow down before bends",
                        }
                    )
                if kind == "answer":
                    asked += 1
                    await socket.send_json(run.question(asked))
        except WebSocketDisconnect:
            pass
        finally:
            task.cancel()
            run.people.pop(socket, None)
            if run.driver == name:
                run.driver = None

    @app.on_event("startup")
    async def start() -> None:
        app.state.task = asyncio.create_task(run.go())

    return app


if __name__ == "__main__":
    mode = sys.argv[1] if len(sys.argv) > 1 else "continuous"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 8123
    uvicorn.run(app_of(Run(mode)), host="127.0.0.1", port=port, log_level="warning")
