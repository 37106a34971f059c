"""The table of differences between the answers to one prompt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import assert_never

from interactions.turns.steps import ModelOutput, OtherStep, Step, Thought, ToolCall, ToolResult, UserInput
from interactions.turns.turn import Turn
from interactions.ui import words
from interactions.ui.answer.facts import tokens
from interactions.ui.compare.columns import Column
from interactions.ui.compare.figures import thought, written
from interactions.ui.drawing.limits import brief
from interactions.ui.words import compare


def table_html(columns: Sequence[Column], turns: Sequence[Turn | None]) -> str:
    """The table for the newest turn of each column; None stands for a column that was sent nothing."""
    heads = "".join(
        f'<th scope="col">{escape(column.title)}<br>{escape(column.model)}</th>' for column in columns
    )
    rows = {name: [_cell(name, turn) for turn in turns] for name in _ROWS}
    rows[compare.COST] = [
        compare.LATER if turn is not None and not turn.ended else (turn and column.cost(turn)) or compare.NONE
        for column, turn in zip(columns, turns, strict=True)
    ]
    rows[compare.IGNORES] = [", ".join(column.ignored) or compare.NONE for column in columns]
    body = "".join(_row(name, cells) for name, cells in rows.items())
    return (
        f'<div class="differences" role="region" tabindex="0" aria-label="{compare.DIFFERENCES}"><table>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(name: str, turn: Turn | None) -> str:
    if turn is None:
        return compare.NONE
    return compare.LATER if name in _AT_THE_END and not turn.ended else _ROWS[name](turn)


def _row(name: str, cells: Sequence[str]) -> str:
    differs = len(set(cells)) > 1 and compare.LATER not in cells
    mark = f' <b title="{compare.DIFFERS}" aria-label="{compare.DIFFERS}" role="img">≠</b>' if differs else ""
    drawn = "".join(f"<td>{escape(brief(cell))}</td>" for cell in cells)
    return f'<tr class="{"differs" if differs else ""}"><th scope="row">{name}{mark}</th>{drawn}</tr>'


def _status(turn: Turn) -> str:
    code, said = turn.error and (turn.error.code or turn.error.status), words.status(turn)[0]
    return f"{said} ({code})" if code and str(code) not in said else said


def _steps(turn: Turn) -> str:
    kinds = [_kind(step) for step in turn.steps if not step.sent]
    return _counted(len(kinds), kinds)


def _calls(turn: Turn) -> str:
    names = [words.tool(step) for step in turn.steps if isinstance(step, ToolCall)]
    return _counted(len(names), names)


def _counted(count: int, kinds: Sequence[str]) -> str:
    named = (f"{number} {kind}" if number > 1 else kind for kind, number in Counter(kinds).items())
    return compare.COUNTED.format(count, ", ".join(named)) if kinds else compare.NONE


def _kind(step: Step) -> str:
    """The type of a step, as the wire names it."""
    match step:
        case UserInput():
            return "user_input"
        case ModelOutput():
            return "model_output"
        case Thought():
            return "thought"
        case ToolCall() | ToolResult() | OtherStep():
            return step.type or words.NAMELESS_STEP
        case _:
            assert_never(step)


def _thoughts(turn: Turn) -> str:
    count = sum(isinstance(step, Thought) for step in turn.steps)
    return compare.COUNTED.format(count, compare.CHARACTERS.format(thought(turn))) if count else compare.NONE


_ROWS: Mapping[str, Callable[[Turn], str]] = {
    compare.STATUS: _status,
    compare.STEPS: _steps,
    compare.CALLS: _calls,
    compare.THOUGHTS: _thoughts,
    compare.TEXT: lambda turn: compare.CHARACTERS.format(written(turn)),
    compare.TOKENS: lambda turn: " · ".join(tokens(turn)) or compare.NONE,
}
_AT_THE_END = frozenset({compare.THOUGHTS, compare.TEXT, compare.TOKENS})
