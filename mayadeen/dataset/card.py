"""The dataset card: ``README.md`` in Hugging Face's form, whose YAML head also tells ``load_dataset`` what to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from mayadeen.dataset.columns import features
from mayadeen.dataset.near_duplicates import RUN, THRESHOLD
from mayadeen.monitoring.logformatter import harmless
from mayadeen.site.editions import EDITIONS

NAME = "README.md"
PREFERRED = ("parquet", "jsonl", "jsonl.gz", "jsonl.zst", "csv", "csv.gz", "csv.zst")
"""The formats, best first, of which ``load_dataset(folder)`` reads one. CSV comes last: it cannot be given types."""

LICENSE = "no-licence-given"
"""A name that stands for ``RIGHTS``: Hugging Face wants one of small letters, digits and hyphens."""
RIGHTS = "texts and pictures remain their owners'; see README.md"

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


def write(folder: Path, manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Write the card of the dataset in ``folder``; raises ``OSError``."""
    head = yaml.safe_dump(_head(manifest, facts), sort_keys=False, allow_unicode=True, width=1000)
    (folder / NAME).write_text(f"---\n{head}---\n\n{_text(manifest, facts)}", encoding="utf-8")


def read_format(manifest: Mapping[str, Any]) -> str:
    """The format of the dataset's files that are read best."""
    written = {file["format"] for file in manifest["files"]}
    return next(name for name in PREFERRED if name in written)


def title(facts: Mapping[str, Any]) -> str:
    """What the dataset is called, by the editions in it: ``Al Mayadeen English``."""
    editions = [_EDITIONS[name] for name, _ in facts["counts"]["edition"]]
    return f"Al Mayadeen {', '.join(editions)}" if editions else "Al Mayadeen"


_EDITIONS = {"en": "English", "ar": "Arabic", "es": "Español"}


def _head(manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    records = facts["records"]
    head: dict[str, Any] = {
        "pretty_name": title(facts),
        "license": "other",
        "license_name": LICENSE,
        "license_details": RIGHTS,
        "language": sorted({str(name).split("-")[0] for name, _ in facts["counts"]["language"]}),
        "size_categories": [next((name for limit, name in _SIZES if records < limit), "10M<n<100M")],
        "source_datasets": ["original"],
        "annotations_creators": ["no-annotation"],
        "language_creators": ["found"],
        "task_categories": ["text-generation", "text-classification", "summarization"],
        "tags": ["news"],
    }
    format = read_format(manifest)
    data_files, splits = [], []
    for split in manifest["splits"]:
        files = [f for f in manifest["files"] if f["format"] == format and f["split"] == split["name"]]
        if not files:
            continue
        # Hugging Face knows no data without a split; what is not split is "train" by its custom.
        name = split["name"] or "train"
        paths = [file["path"] for file in files]
        data_files.append({"split": name, "path": paths[0] if len(paths) == 1 else paths})
        size = sum(file["bytes"] for file in files)
        splits.append({"name": name, "num_bytes": size, "num_examples": split["records"]})
    size = sum(split["num_bytes"] for split in splits)
    head["configs"] = [{"config_name": "default", "data_files": data_files}]
    if format.startswith("csv"):
        return head
    head["dataset_info"] = {
        "features": [{"name": name, **_feature(feature)} for name, feature in features().items()],
        "splits": splits,
        "download_size": size,
        "dataset_size": size,
    }
    return head


def _feature(feature: Mapping[str, Any]) -> dict[str, Any]:
    """A published feature in the form of the card's head, without its name."""
    if feature.get("_type") == "Value":
        return {"dtype": feature["dtype"]}
    if feature.get("_type") == "List":
        inner = feature["feature"]
        return {"list": inner["dtype"] if inner.get("_type") == "Value" else _struct(inner)}
    return {"struct": _struct(feature)}


def _struct(feature: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, **_feature(inner)} for name, inner in feature.items()]


def _text(manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    parts = [
        f"# {title(facts)}",
        _summary(manifest, facts),
        "## What is in it",
        _contents(manifest, facts),
        "## The outlet",
        _OUTLET,
        "## Provenance",
        _provenance(manifest, facts),
        "## How fields are filled",
        _filled(facts),
        "## Splits",
        _splits(manifest),
        "## Duplicates",
        _duplicates(manifest, facts),
        "## Removed articles",
        _removed(manifest, facts),
        "## Known gaps",
        _gaps(manifest, facts),
        "## Licence and terms",
        _TERMS,
        "## Limits and biases",
        _LIMITS,
        "## Cite and repeat",
        _repeat(manifest),
    ]
    return "\n\n".join(parts) + "\n"


def _summary(manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    hosts = [f"<https://{EDITIONS[name].host}>" for name, _ in facts["counts"]["edition"]]
    return (
        f"{_count(facts['records'], 'record')} of {_count(facts['articles'], 'article')} of the news site Al Mayadeen "
        f"({', '.join(hosts)}), published {_range(facts['published'])}, fetched {_range(facts['fetched'])}. "
        f"Version {manifest['version']}, built by `{manifest['builder']}`. A profile to look at is in "
        "`profile.html`, the same facts for machines in `croissant.json` and `manifest.json`."
    )


def _contents(manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    words = facts["words"]
    told = [
        f"- Kinds: {_pairs(facts['counts']['kind'])}.",
        f"- Sections: {_pairs(facts['counts']['section'])}.",
        f"- Languages: {_pairs(facts['counts']['language'])}.",
    ]
    if words["records"]:
        told.append(
            f"- {_count(words['total'], 'word')} in {_count(words['records'], 'text')}, {words['median']:,} in the "
            f"median one, {words['longest']:,} in the longest. The others have no text of their own: videos, "
            "pictures, running stories."
        )
    files = [file for file in manifest["files"] if file["format"]]
    rows = [[f"`{f['path']}`", f["split"] or "–", f"{f['records']:,}", f"{f['bytes']:,}"] for f in files[:_ROWS]]
    more = f"\n\nand {len(files) - _ROWS:,} more, all of them in `manifest.json`." if len(files) > _ROWS else ""
    table = _table(["file", "split", "records", "bytes"], rows)
    return (
        "\n".join(told) + f"\n\n{table}{more}\n\nEvery record has every field, unknown is null or an empty list; "
        f"fields and types are in `features.json`, by version {manifest['article_schema']} of the article schema, and "
        "`group`, `duplicate`, `removed_at`, `split`, which are the dataset's own."
    )


_ROWS = 50
_OUTLET = """\
Al Mayadeen is a pan-Arab satellite news channel and news site based in Beirut, launched in 2012; its site has editions
in Arabic, English and Spanish, the English one since about 2021. It calls itself independent; other media and
researchers have described it as close to Hezbollah and to the governments of Iran and, until 2024, of Syria. Its choice
of subjects and words is its own, and its marks are kept as printed (`'Israel'` stands in quotation marks). What learns
from these texts learns a point of view. The crawler has no connection with the outlet."""


def _provenance(manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    makers = ", ".join(f"{_plain(name)} ({n:,})" for name, n in manifest["crawlers"].items())
    runs = facts["gaps"]["runs"]
    return (
        f"Read off the public pages of the site by {makers}, "
        + (f"in {_count(runs, 'run')} with a report, " if runs else "without reports of the runs, ")
        + "nothing behind a login; the crawler keeps robots.txt and a slow pace unless it is set otherwise. `url` says "
        "where each record was fetched, `fetched_at` when, `discovered_via` where it was found, `canonical_url` where "
        "it lives. Text is as printed, in Unicode NFC; no field is translated, corrected or made by a model."
    )


def _filled(facts: Mapping[str, Any]) -> str:
    records = facts["records"]
    rows = []
    for name, n in facts["fill"].items():
        if name in facts["provenance"]:
            sources = ", ".join(f"{source} {m:,}" for source, m in facts["provenance"][name] if source is not None)
            rows.append([f"`{name}`", _share(n, records), sources or "–"])
    warnings = facts["warnings"]
    told = f"\n\nWarnings in the records: {_pairs(warnings)}." if warnings else "\n\nNo record has a warning."
    return (
        "`provenance` of a record says for each field which source it is from, in this order of trust: `tawsiyat` (the "
        "site's metadata block), `json-ld`, `meta` (meta tags), `html` (the page as shown, at known places), `generic` "
        "(by its looks), `listing` (the listing it was found by), `assumed`.\n\n"
        + _table(["field", "filled", "from"], rows)
        + told
    )


def _splits(manifest: Mapping[str, Any]) -> str:
    if manifest["options"]["split"] is None:
        return "None: Hugging Face calls all of it `train`."
    rows = [[f"`{s['name']}`", f"{s['records']:,}", _range(s["published"])] for s in manifest["splits"]]
    return (
        f"By `--split {manifest['options']['split']}`, seed {manifest['options']['seed']}. Texts that are alike are "
        "in one split only.\n\n" + _table(["split", "records", "published"], rows)
    )


def _duplicates(manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    found = facts["duplicates"]
    dropped = {None: "None were dropped", "exact": "Exact ones were dropped", "near": "Both were dropped"}
    return (
        f"{_count(found['exact'], 'record')} marked as exact duplicates (the same title, summary and body under "
        f"another id), {found['near']:,} as near duplicates (MinHash over runs of {RUN} words, similarity of "
        f"{THRESHOLD} or more), in {_count(found['groups'], 'group')}. "
        f"{dropped[manifest['options']['drop_duplicates']]}. `group` is the same for all records of a group, "
        "`duplicate` is `exact` or `near` for all but its first. In trials with synthetic stories one of which 30 % of "
        "the sentences are new was found almost always, one of which half is new rarely."
    )


def _removed(manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    if manifest["options"]["removals"] == "flag":
        return (
            f"{_count(facts['removed'], 'record')} of articles that are gone from the site, kept; `removed_at` says "
            "when that was seen. Think about whether to pass them on."
        )
    gone = manifest["counts"]["left_out"]["removed"]
    return (
        f"{_count(gone, 'record')} left out because the article is gone from the site. Only articles visited again are "
        "known to be gone: whoever keeps a copy should build it anew from time to time."
    )


def _gaps(manifest: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    gaps, told = facts["gaps"], []
    if not gaps["runs"]:
        told.append("- No report of a run was at hand: what is missing is not known.")
    else:
        totals = {name: n for name, n in gaps["totals"].items() if name in _LOST and n}
        addresses = ", ".join(f"{n:,} {_LOST[name]}" for name, n in totals.items()) or "none is known to be missing"
        told.append(
            f"- Addresses that {_count(gaps['runs'], 'run')} met and could not bring in: {addresses}. One that several "
            "runs met counts in each."
        )
        short = sum(n for status, n in gaps["ended"] if status)
        if short:
            told.append(f"- {_count(short, 'run')} did not do all that was asked.")
        told += [
            f"- {_plain(row['run'])}: {_plain(row['kind'])} {_plain(row['label'])} was not followed to its end: "
            f"{_plain(row['trouble'])}."
            for row in gaps["listings"][:_ROWS]
        ]
        if more := len(gaps["listings"][_ROWS:]) + gaps["listings_more"]:
            told.append(f"- and {_count(more, 'listing')} more.")
    left_out = {name: n for name, n in manifest["counts"]["left_out"].items() if n}
    lines = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in left_out.items()) or "none"
    told.append(
        f"- Of {_count(manifest['counts']['read'], 'line')} read, {manifest['counts']['written']:,} are in the "
        f"dataset; left out: {lines}."
    )
    return "\n".join(told)


_LOST = {
    "failed": "that failed",
    "rejected": "whose page gave no valid record",
    "gone": "that were gone",
    "not_fetched": "left when a run stopped",
    "missing": "of which nothing came",
}
_TERMS = """\
- **Texts** are the outlet's, or their authors'; those whose `source` names agencies or other sites may be theirs too.
  Nothing here gives a licence to them.
- **Pictures and videos** are not in the dataset, only their addresses and captions; `credit` often names the agency
  that they belong to.
- **What the crawler adds** (times, counts, hashes, groups) describes these texts and gives no right to them.
- **The code** that made it has a licence of its own, which says nothing about the texts.
- Whoever publishes this or trains on it has to check: copyright and its exceptions for text and data
  mining where they are, the outlet's terms, rights reserved in a form that machines read, and other rules that apply to
  them.
- Texts name people, living ones among them, and say things about them that may be wrong or out of date. Names of
  authors are personal data. What the site takes down should be taken down here too."""
_LIMITS = """\
- One outlet, its choice of subjects, sources and words; see above. It is no sample of news.
- Articles that no listing and no sitemap led to are not in it, nor are versions that came and went between two visits.
- Where the site's pages were unclear a value is null, or has a warning; `published_at` of an older text may be when
  it was brought over to the present site.
- `shares` and `reading_minutes` are what a page showed on the day it was fetched.
- Labels (`section`, `category`, `tags`, `keywords`) are the outlet's own, for its readers, not annotations."""


def _repeat(manifest: Mapping[str, Any]) -> str:
    return (
        f"`{manifest['command']}`, with the folders of your own, makes the same bytes of the same input. Cite it as "
        f"version {manifest['version']}: the day of the last fetch, and the beginning of a hash over all data files. "
        "`manifest.json` has the hash of every file in it and of every file it was made from."
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _pairs(pairs: Sequence[Sequence[Any]]) -> str:
    shown = [f"{_plain(name) if name is not None else 'none'} {n:,}" for name, n in pairs[:_ROWS]]
    return ", ".join(shown) + (f" and {len(pairs) - _ROWS:,} more" if len(pairs) > _ROWS else "")


def _plain(text: object) -> str:
    """Text of the site as text in Markdown, on one line."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#&!~$" else c for c in harmless(" ".join(str(text).split())))


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _share(n: int, total: int) -> str:
    if n == total:
        return "all"
    share = 100 * n / total
    return f"{min(max(share, 0.1), 99.9):.1f} %" if n else "none"


def _range(times: Mapping[str, str | None]) -> str:
    if times["first"] is None or times["last"] is None:
        return "at times unknown"
    first, last = times["first"][:10], times["last"][:10]
    return f"on {first}" if first == last else f"from {first} to {last}"
