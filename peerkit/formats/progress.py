"""How far an import or an export is, on a terminal and for what is large."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from rich.console import Console

# What is less is there before one could read how far it is.
LARGE_FILE = 1_000_000
LARGE_TABLE = 10_000
# So many times at most a bar is drawn anew; a thing may be a batch of many.
_STEPS = 200

T = TypeVar("T")


class Watch(Protocol):
    """Wraps what is gone through, to show how far it is."""

    def __call__(
        self, things: Iterable[T], title: str, *, total: int, at: Callable[[], int] | None = None
    ) -> Iterator[T]:
        """Yield the same things.

        Args:
            things: What is gone through.
            title: What is being done.
            total: How many there are, or how many bytes they are read from.
            at: How many of `total` are done; the number of things that were yielded when left out.
        """


def unseen(
    things: Iterable[T], title: str, *, total: int, at: Callable[[], int] | None = None
) -> Iterator[T]:
    """Yield the same things, and show nothing: a `Watch` for where nobody looks."""
    yield from things


def on(console: Console) -> Watch:
    """Return a `Watch` that shows a bar; on anything but a terminal it shows nothing."""
    return _Bar(console) if console.is_terminal else unseen


class _Bar:
    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(
        self, things: Iterable[T], title: str, *, total: int, at: Callable[[], int] | None = None
    ) -> Iterator[T]:
        if total < (LARGE_FILE if at else LARGE_TABLE):
            yield from things
            return
        from rich.progress import Progress  # here, because most commands need it not

        # It leaves no line behind: what was done is said in words.
        with Progress(console=self._console, transient=True) as progress:
            task = progress.add_task(title, total=total)
            shown = 0
            for i, one in enumerate(things, 1):
                yield one
                done = at() if at else i
                if done - shown >= total / _STEPS:
                    progress.update(task, completed=done)
                    shown = done
