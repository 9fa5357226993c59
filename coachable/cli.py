"""The command line. Nothing heavy is imported before a verb is known."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

app = typer.Typer(
    name="coachable",
    help="A reinforcement-learning lab in which agents learn from people.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEY=VALUE]...", help="config groups and keys, e.g. seed=3"),
]
Jobs = Annotated[int, typer.Option(min=1, help="Runs side by side; one a core.")]
Quick = Annotated[bool, typer.Option("--quick", help="A fraction of the steps, marked so.")]


def main() -> None:
    """Run a verb; user errors are one line and exit code 2, an interrupt is exit code 130."""
    # So that module:name finds the user's own modules; last, for theirs may have our names.
    sys.path.append("")
    try:
        code = app(standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        print("coachable: interrupted", file=sys.stderr)
        code = 130
    except Exception as error:
        from teaching import UserError  # at the top it would cost every --help a tenth of a second

        if isinstance(error, UserError):
            print(f"coachable: {error}", file=sys.stderr)
            sys.exit(2)
        # Typer may carry a Click of its own, so its usage errors are known by what they can do.
        if not hasattr(error, "exit_code") or not hasattr(error, "show"):
            raise
        error.show()
        code = error.exit_code
    sys.exit(code or 0)


@app.command()
def train(overrides: Overrides = None) -> int:
    """Train an agent: coachable train experiment=pvp_driving seed=3."""
    from coachable.config import load

    config = load(overrides or [])
    from coachable.stopping import Interrupted
    from coachable.tables import print_result
    from coachable.train import train as run

    try:
        result = run(config)
    except Interrupted as stop:
        print(
            f"coachable: stopped; {stop.folder} is saved at step {stop.step}; "
            f"go on with: coachable train {' '.join([*(overrides or []), 'resume=true'])}",
            file=sys.stderr,
        )
        return 130
    print_result(result, f"{config.runs}/{config.name}")
    return 0


@app.command(name="train-expert")
def train_expert(
    overrides: Overrides = None,
    out: Annotated[
        str | None, typer.Option(help="The file; otherwise runs/experts/ID.npz.")
    ] = None,
) -> int:
    """Train an expert into one file: coachable train-expert env=pendulum."""
    from coachable.train_expert import train_expert as run

    return run(overrides or [], out)


@app.command(name="train-listener")
def train_listener(
    out: Annotated[str, typer.Option(help="The folder to write.")] = "runs/listener",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
) -> int:
    """Fit what understands words, on the lab's own sentences: coachable train-listener."""
    from coachable.train_listener import train_listener as run

    return run(out, overwrite)


@app.command()
def evaluate(
    run: Annotated[
        str,
        typer.Argument(help="A run folder, e.g. runs/pvp__driving__expert__s0, or an expert.npz."),
    ],
    episodes: Annotated[int, typer.Option(min=1, help="Test episodes.")] = 50,
    video: Annotated[bool, typer.Option("--video", help="Also film one episode.")] = False,
) -> int:
    """Evaluate a trained agent on held-out episodes, beside the expert who taught it."""
    if run.endswith(".npz"):
        from coachable.evaluate_expert import evaluate_expert_file

        evaluate_expert_file(run, episodes)
        return 0
    from coachable.evaluate_run import evaluate_run

    evaluate_run(run, episodes, video)
    return 0


@app.command()
def sweep(overrides: Overrides = None, jobs: Jobs = 2, quick: Quick = False) -> int:
    """Train every combination: coachable sweep algorithm=pvp,iwr seed=0,1,2."""
    from coachable.sweep import sweep as run

    return run(overrides or [], jobs, quick)


Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]


@app.command()
def export(
    run: Annotated[str, typer.Argument(help="A run folder, or a feedback log's file.")],
    out: Annotated[
        str | None,
        typer.Option(help="The file, or Minari's folder of datasets; otherwise beside the log."),
    ] = None,
    file_format: Annotated[
        Literal["jsonl", "minari"],
        typer.Option("--format", help="All kinds as JSON Lines, or what was done, for Minari."),
    ] = "jsonl",
    dataset: Annotated[
        str | None, typer.Option(help="The Minari dataset's id; otherwise RUN-v0.")
    ] = None,
    overwrite: Overwrite = False,
) -> int:
    """Write a run's feedback as JSON Lines or a Minari dataset: coachable export runs/NAME."""
    from coachable.log_files import export_log

    export_log(run, out, overwrite, file_format, dataset)
    return 0


@app.command(name="import")
def import_(
    file: Annotated[
        str, typer.Argument(help="Feedback in JSON Lines, or a Minari dataset's folder.")
    ],
    out: Annotated[str, typer.Option(help="The feedback log to make.")],
    overwrite: Overwrite = False,
) -> int:
    """Make a feedback log, for human=replay, of JSON Lines or of a Minari dataset."""
    from coachable.log_files import import_log

    import_log(file, out, overwrite)
    return 0


@app.command(name="list")
def list_() -> int:
    """Say which tasks, humans, algorithms, experiments and reproductions there are."""
    from coachable.listing import print_lists

    print_lists()
    return 0


@app.command()
def board(
    runs: Annotated[str, typer.Option(help="The folder to show.")] = "runs",
    port: Annotated[int, typer.Option(help="On this machine only.")] = 6006,
) -> int:
    """Show the curves of all runs in TensorBoard."""
    from coachable.board import show_board

    return show_board(runs, port)


@app.command()
def check(overrides: Overrides = None) -> int:
    """Check an environment and a human of your own: coachable check env=gymnasium env.id=…."""
    from coachable.check import check as run

    return run(overrides or [])


@app.command()
def reproduce(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME [KEY=VALUE]]...")] = None,
    every: Annotated[bool, typer.Option("--all", help="All but the long ones.")] = False,
    seeds: Annotated[str | None, typer.Option(help="Such as 0,1,2,3,4.")] = None,
    jobs: Jobs = 2,
    quick: Quick = False,
) -> int:
    """Reproduce a published result, as a table with claims that hold or not."""
    from coachable.reproduce.runner import reproduce as run

    return run(names or [], every, seeds, jobs, quick)


@app.command()
def demo(
    jobs: Jobs = 2,
    steps: Annotated[int | None, typer.Option(min=1, help="Environment steps.")] = None,
) -> int:
    """Teach a car to drive: PVP beside an untaught TD3 and the human alone."""
    from coachable.demo import demo as run

    return run(jobs, steps)
