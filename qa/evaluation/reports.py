"""Reports as tables for a terminal, and as plain values for JSON."""

import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from index.encoders import file_sha256
from index.types import Encoder
from qa.evaluation.end_to_end import AnsweringReport
from qa.evaluation.own_questions import Judged, Outcome
from qa.evaluation.reader import Group, ReadingReport
from qa.evaluation.retrieval import METRICS, RetrievalReport
from qa.reader import Reader
from qa.render import one_line


def made_by(
    files: Sequence[Path], encoder: Encoder | None = None, reader: Reader | None = None
) -> dict[str, Any]:
    """How the numbers were made: the command, the version, and the SHA-256 of models and files."""
    found: dict[str, Any] = {
        "command": shlex.join(["qa", *sys.argv[1:]]),
        "version": version("corpus-qa"),
        "files": {str(path): file_sha256(path) for path in files if path.is_file()},
    }
    for role, model in (("encoder", encoder), ("reader", reader)):
        if model is not None:
            found[role] = {"name": model.name, "sha256": model.sha256}
    return found


def made_by_lines(made: dict[str, Any]) -> list[str]:
    """The result of `made_by` as lines of text."""
    models = [
        f"{role} {made[role]['name']} ({made[role]['sha256'][:12]})"
        for role in made
        if role in ("encoder", "reader")
    ]
    data = [f"{one_line(name)} ({digest[:12]})" for name, digest in made["files"].items()]
    return [
        f"made by: {one_line(made['command'])}",
        f"with corpus-qa {made['version']}" + "".join(f", {part}" for part in (*models, *data)),
    ]


def retrieval_lines(reports: Sequence[RetrievalReport]) -> list[str]:
    """A table of nDCG@10, with a row for each way of ranking, then all figures of each set."""
    ways = list(reports[0].ways)
    width = max(len(way) for way in ways)
    names = [one_line(report.name)[:10] for report in reports]
    lines = ["nDCG@10".ljust(width) + "".join(f"{name:>11}" for name in [*names, "mean"])]
    for way in ways:
        row = [report.ways[way]["nDCG@10"] for report in reports]
        lines.append(way.ljust(width) + "".join(f"{v:11.3f}" for v in [*row, sum(row) / len(row)]))
    for report in reports:
        lines += [
            "",
            f"{one_line(report.name)}: {report.documents:,} documents, {report.passages:,} passages, "
            f"{report.queries:,} queries",
            " " * width + "".join(f"{name:>11}" for name in METRICS),
        ]
        lines += [
            way.ljust(width) + "".join(f"{report.ways[way][name]:11.3f}" for name in METRICS)
            for way in ways
        ]
    return lines


def reading_lines(report: ReadingReport) -> list[str]:
    """EM and F1, overall and in groups; if some questions have no answer, how well the reader notices."""
    with_answer = report.questions - report.unanswerable
    lines = _groups("", [Group("all", with_answer, report.exact, report.f1)])
    lines += ["", *_groups("by question word", report.by_question)]
    lines += ["", *_groups("by length of the passage", report.by_length)]
    if report.threshold_f1 is not None:
        at = "" if report.threshold is None else f" (at a score of {report.threshold:.2f})"
        lines += [
            "",
            f"{report.unanswerable:,} questions have no answer: best-threshold F1 "
            f"{100 * report.threshold_f1:.1f}{at}, "
            f"AUROC {report.answerability:.3f}",
        ]
    return lines


def _groups(heading: str, groups: Sequence[Group]) -> list[str]:
    return [
        f"{heading:26}{'questions':>10}{'EM':>8}{'F1':>8}",
        *(f"{g.name:26}{g.count:10,}{100 * g.exact:8.1f}{100 * g.f1:8.1f}" for g in groups),
    ]


def answering_lines(report: AnsweringReport) -> list[str]:
    """The figures of whole answers, each with its label."""
    rows = [
        ("EM of the best quote", f"{100 * report.exact:.1f}"),
        ("F1 of the best quote", f"{100 * report.f1:.1f}"),
        ("right document among those read", f"{report.retrieved:.1%}"),
        ("best quote from the right document", f"{report.right_document:.1%}"),
        ("citations equal to their slice", f"{report.true_quotes:.1%} of {report.citations:,}"),
        (
            f"answered at a confidence of {report.min_confidence:g} or more",
            f"{report.answered:.1%}",
        ),
        ("  of these right", f"{report.right_of_answered:.1%}"),
        (
            f"false answers to {report.absent:,} questions without their document",
            f"{report.false_answers:.1%}",
        ),
        *_near_rows(report),
        ("calibration error (ECE, 10 bins)", f"{report.calibration_error:.3f}"),
        ("area under risk and coverage", f"{report.risk.area:.3f}"),
        ("time per question, median", f"{1000 * report.median_s:.0f} ms"),
        ("time per question, 95th percentile", f"{1000 * report.slow_s:.0f} ms"),
    ]
    return [
        f"{report.questions:,} questions to {report.documents:,} documents",
        *(f"{name:56}{value:>16}" for name, value in rows),
        "",
        f"{'confidence':>12}{'answers':>10}{'right':>8}",
        *(f"{b.confidence:12.2f}{b.count:10,}{b.accuracy:8.2f}" for b in report.reliability),
        "",
        f"{'shown as':>12}{'answers':>10}{'right':>8}",
        *(f"{said.word:>12}{said.count:10,}{said.right:8.2f}" for said in report.words),
    ]


def _near_rows(report: AnsweringReport) -> list[tuple[str, str]]:
    if not report.near:
        return []
    return [
        (f"false answers to {report.near:,} near misses", f"{report.false_near:.1%}"),
        ("  with high confidence", f"{report.high_near:.1%}"),
    ]


def answering_values(report: AnsweringReport) -> dict[str, Any]:
    """The report as plain values for JSON."""
    values = {name: getattr(report, name) for name in AnsweringReport.__slots__}
    return values | {
        "reliability": [asdict(one) for one in report.reliability],
        "words": [asdict(one) for one in report.words],
        "risk": {
            "coverage": report.risk.coverage.tolist(),
            "risk": report.risk.risk.tolist(),
            "area": report.risk.area,
        },
    }


def own_lines(judged: Sequence[Judged]) -> list[str]:
    """The count of each outcome, then each mistake with the answer given and the right one."""
    counts = Counter(one.outcome for one in judged)
    good = counts[Outcome.RIGHT] + counts[Outcome.RIGHTLY_SILENT]
    lines = [f"{good} of {len(judged)} right ({good / len(judged):.0%})"]
    lines += [f"  {outcome}: {counts[outcome]}" for outcome in Outcome if counts[outcome]]
    for one in judged:
        if one.outcome not in (Outcome.RIGHT, Outcome.RIGHTLY_SILENT):
            said = f"answered “{one_line(one.answer.text)}”" if one.answer.found else "no answer"
            right = " | ".join(one.question.answers) or "not in the documents"
            lines += [
                "",
                f"{one.outcome}: {one_line(one.question.text)}",
                f"    {said} ({one.answer.confidence:.2f}); right: {one_line(right)}",
            ]
    return lines


def own_values(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """The outcomes as plain values for JSON."""
    return [
        {
            "question": one.question.text,
            "answers": list(one.question.answers),
            "said": one.answer.text,
            "confidence": round(one.answer.confidence, 4),
            "outcome": one.outcome.value,
        }
        for one in judged
    ]
