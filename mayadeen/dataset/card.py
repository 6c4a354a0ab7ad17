"""The dataset card: ``README.md`` in Hugging Face's form. Its YAML head tells ``load_dataset`` what to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from mayadeen.dataset import split
from mayadeen.dataset.columns import OWN_COLUMNS, features
from mayadeen.dataset.near_duplicates import RUN, THRESHOLD
from mayadeen.dataset.selection import choices_in_words, count, filters_in_words, join, title
from mayadeen.monitoring.logformatter import harmless
from mayadeen.site.editions import EDITIONS

NAME = "README.md"
PREFERRED = ("parquet", "jsonl", "jsonl.gz", "jsonl.zst", "csv", "csv.gz", "csv.zst")
"""The formats that ``load_dataset(folder)`` reads, best first. CSV comes last, since it has no types."""

LICENSE = "no-licence-given"
"""Short name of ``RIGHTS``. Hugging Face requires small letters, digits and hyphens."""
RIGHTS = "texts and pictures remain their owners', see README.md"

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


def write(folder: Path, manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> None:
    """Write the card of the dataset in ``folder``. Raises ``OSError``."""
    head = yaml.safe_dump(_head(manifest, statistics), sort_keys=False, allow_unicode=True, width=1000)
    (folder / NAME).write_text(f"---\n{head}---\n\n{_text(manifest, statistics)}", encoding="utf-8")


def read_format(manifest: Mapping[str, Any]) -> str:
    """Return the best of the dataset's formats to read."""
    written = {file["format"] for file in manifest["files"]}
    return next(name for name in PREFERRED if name in written)


def _head(manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> dict[str, Any]:
    records = statistics["records"]
    head: dict[str, Any] = {
        "pretty_name": title(manifest, statistics),
        "license": "other",
        "license_name": LICENSE,
        "license_details": RIGHTS,
        "language": sorted({str(name).split("-")[0] for name, _ in statistics["counts"]["language"]}),
        "size_categories": [next((name for limit, name in _SIZES if records < limit), "10M<n<100M")],
        "source_datasets": ["original"],
        "annotations_creators": ["no-annotation"],
        "language_creators": ["found"],
        "task_categories": ["text-generation", "text-classification", "summarization"],
        "tags": ["news"],
    }
    format = read_format(manifest)
    data_files, splits = [], []
    for part in manifest["splits"]:
        files = [f for f in manifest["files"] if f["format"] == format and f["split"] == part["name"]]
        if not files:
            continue
        # Hugging Face has no data without a split. By its custom, data that is not split is "train".
        name = part["name"] or "train"
        paths = [file["path"] for file in files]
        data_files.append({"split": name, "path": paths[0] if len(paths) == 1 else paths})
        splits.append({"name": name, "num_examples": part["records"]})
        if format == "parquet":
            splits[-1]["num_bytes"] = sum(file["arrow_bytes"] for file in files)
    head["configs"] = [{"config_name": "default", "data_files": data_files}]
    if format.startswith("csv"):
        return head
    head["dataset_info"] = {
        "features": [{"name": name, **_feature(feature)} for name, feature in features().items()],
        "splits": splits,
        "download_size": sum(file["bytes"] for file in manifest["files"] if file["format"] == format),
    }
    if format == "parquet":
        # The size in memory. It is not known of JSON Lines, which are not parsed into Arrow.
        head["dataset_info"]["dataset_size"] = sum(part["num_bytes"] for part in splits)
    return head


def _feature(feature: Mapping[str, Any]) -> dict[str, Any]:
    """Return a feature in the form of the card's head, without its name."""
    if feature.get("_type") == "Value":
        return {"dtype": feature["dtype"]}
    if feature.get("_type") == "List":
        inner = feature["feature"]
        return {"list": inner["dtype"] if inner.get("_type") == "Value" else _struct(inner)}
    return {"struct": _struct(feature)}


def _struct(feature: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, **_feature(inner)} for name, inner in feature.items()]


def _text(manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    parts = [
        f"# {_escape(title(manifest, statistics))}",
        _summary(manifest, statistics),
        "## Contents",
        _contents(manifest, statistics),
        "## The outlet",
        _OUTLET,
        "## Provenance",
        _provenance(manifest, statistics),
        "## Filled fields",
        _filled(statistics),
        "## Splits",
        _splits(manifest),
        "## Duplicates",
        _duplicates(manifest, statistics),
        "## Addresses that were given again",
        _superseded(statistics),
        "## Removed articles",
        _removed(manifest, statistics),
        "## Known gaps",
        _gaps(manifest, statistics),
        "## Licence and terms",
        _TERMS,
        "## Limits and biases",
        _LIMITS,
        "## Cite and reproduce",
        _reproduce(manifest),
    ]
    return "\n\n".join(parts) + "\n"


def _summary(manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    hosts = join([f"<https://{EDITIONS[name].host}>" for name, _ in statistics["counts"]["edition"]])
    articles = count(statistics["articles"], "article")
    records = f"{count(statistics['records'], 'record')} of {articles}" if manifest["options"]["history"] else articles
    filters = "; ".join(filters_in_words(manifest["options"]))
    return (
        f"{records} of the news site Al Mayadeen ({hosts}), "
        + (f"selected by {_escape(filters)}. " if filters else "without a filter. ")
        + f"{choices_in_words(manifest['options'])} "
        f"Published {_range(statistics['published'])}, fetched {_range(statistics['fetched'])}. "
        f"Version {manifest['version']}, built by `{manifest['builder']}`. `profile.html` shows the dataset in plots. "
        "`croissant.json` and `manifest.json` describe it for machines."
    )


def _contents(manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    words, counts = statistics["words"], statistics["counts"]
    lines = [
        f"- Kinds: {_pairs(counts['kind'], 'kind')}.",
        f"- Sections: {_pairs(counts['section'], 'section')}.",
        f"- Languages: {_pairs(counts['language'], 'language')}.",
    ]
    if words["records"]:
        without = statistics["records"] - words["records"]
        lines.append(
            f"- {count(words['total'], 'word')} in {count(words['records'], 'text')}. The median text has "
            f"{words['median']:,} and the longest {words['longest']:,}."
            + (
                f" {count(without, 'record')} {'has' if without == 1 else 'have'} no text, such as videos and pictures."
                if without
                else ""
            )
        )
    files = [file for file in manifest["files"] if file["format"]]
    rows = [[f"`{f['path']}`", f["split"] or "–", f"{f['records']:,}", f"{f['bytes']:,}"] for f in files[:_ROWS]]
    more = f"\n\n`manifest.json` lists {len(files) - _ROWS:,} more." if len(files) > _ROWS else ""
    table = _table(["file", "split", "records", "bytes"], rows)
    return (
        "\n".join(lines) + f"\n\n{table}{more}\n\nEvery record has every field. An unknown value is null or an empty "
        f"list. `FIELDS.md` explains all fields, and `features.json` has their types. The fields of an article follow "
        f"version {manifest['article_schema']} of the article schema. The dataset adds "
        f"{join([f'`{name}`' for name in OWN_COLUMNS])}."
    )


_ROWS = 50
_OUTLET = """\
Al Mayadeen is a pan-Arab satellite news channel and news site based in Beirut, launched in 2012. Its site has editions
in Arabic, English and Spanish, the English one since about 2021. It calls itself independent. Other media and
researchers have described it as close to Hezbollah and to the governments of Iran and, until 2024, of Syria. Its choice
of subjects and words is its own, and its quotation marks are kept as printed (`'Israel'`). A model that learns from
these texts learns a point of view. The crawler has no connection with the outlet."""


def _provenance(manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    makers = ", ".join(f"{_escape(name)} ({n:,})" for name, n in manifest["crawlers"].items())
    runs = statistics["gaps"]["runs"]
    return (
        f"Read from the public pages of the site by {makers}"
        + (f", in {count(runs, 'run')} with a report. " if runs else ". No report of a run was available. ")
        + "No page needed a login. By default the crawler follows robots.txt and crawls slowly. `url` is where a "
        "record was fetched, `fetched_at` when, `discovered_via` where its address was found, and `canonical_url` its "
        "address on the site. Text is as printed, in Unicode NFC. No field is translated, corrected or made by a "
        "model.\n\n"
        "All fields of a record are from one fetch. A later visit writes the article again only if its title, summary "
        "or body changed. A change of tags, category, authors or address alone is not seen. Of several records with "
        "the same text, the dataset has the one fetched last."
    )


def _filled(statistics: Mapping[str, Any]) -> str:
    records = statistics["records"]
    rows = []
    for name, n in statistics["fill"].items():
        if name in statistics["provenance"]:
            sources = ", ".join(f"{source} {m:,}" for source, m in statistics["provenance"][name] if source is not None)
            rows.append([f"`{name}`", _share(n, records), sources or "–"])
    warnings = statistics["warnings"]
    return (
        "`provenance` names the source of each field of a record. From most to least trusted: `tawsiyat` (the site's "
        "metadata block), `json-ld`, `meta` (meta tags), `html` (the page as shown, at known places), `generic` (the "
        "page as shown, by its structure), `listing` (the listing that led to the page), `assumed`.\n\n"
        + _table(["field", "filled", "from"], rows)
        + (
            f"\n\nWarnings in the records: {_pairs(warnings, 'warning')}."
            if warnings
            else "\n\nNo record has a warning."
        )
    )


def _splits(manifest: Mapping[str, Any]) -> str:
    options = manifest["options"]
    if options["split"] is None:
        return "None. Hugging Face calls all of it `train`."
    rows = [
        [f"`{s['name']}`", f"{s['records']:,}", _range(s["published"]) if s["records"] else "no record, no file"]
        for s in manifest["splits"]
    ]
    seed = "" if split.parse(options["split"]).by_time else f", seed {options['seed']}"
    return f"By `--split {options['split']}`{seed}. Similar texts are in one split only.\n\n" + _table(
        ["split", "records", "published"], rows
    )


def _duplicates(manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    found = statistics["duplicates"]
    dropped = {None: "None were dropped", "exact": "Exact ones were dropped", "near": "Both were dropped"}
    return (
        f"{count(found['exact'], 'record')} marked as exact duplicates (the same title, summary and body under "
        f"another id), {found['near']:,} as near duplicates (MinHash over runs of {RUN} words, similarity of "
        f"{THRESHOLD} or more), in {count(found['groups'], 'group')}. "
        f"{dropped[manifest['options']['drop_duplicates']]}. `duplicate_group` is the same for all records of a group. "
        "`duplicate` is `exact` or `near` for all but the first. In trials with synthetic stories, a copy with 30 % "
        "new sentences was found almost always, and one with half new sentences rarely."
    )


def _superseded(statistics: Mapping[str, Any]) -> str:
    n = statistics["superseded"]
    return (
        f"The site can give the address of an article to a newer one. {count(n, 'record')} "
        f"{'has' if n == 1 else 'have'} an address that now shows a newer article. `superseded_by` is its id."
    )


def _removed(manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    if manifest["options"]["removals"] == "flag":
        n = statistics["removed"]
        return (
            f"{count(n, 'record')} of articles that are gone from the site {'was' if n == 1 else 'were'} kept. "
            "`removed_at` is when that was seen. Consider whether to pass them on."
        )
    gone = manifest["counts"]["left_out"]["removed"]
    return (
        f"{count(gone, 'record')} that the filters select {'was' if gone == 1 else 'were'} left out because the "
        "article is gone from the site. An article is known to be gone only if a run visited it again "
        "(`mode=refresh`). If you keep a copy, build it again from time to time."
    )


def _gaps(manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    gaps = statistics["gaps"]
    lines = list(_gaps_of_runs(gaps))
    if gaps["other_runs"]:
        lines.append(f"- {count(gaps['other_runs'], 'run')} of other editions or without articles not counted.")
    left_out = {name: n for name, n in manifest["counts"]["left_out"].items() if n}
    reasons = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in left_out.items()) or "none"
    lines.append(
        f"- {count(manifest['counts']['read'], 'line')} read, {manifest['counts']['written']:,} in the dataset. Left "
        f"out: {reasons}."
    )
    return "\n".join(lines)


def _gaps_of_runs(gaps: Mapping[str, Any]) -> Iterator[str]:
    if not gaps["runs"]:
        yield "- No report of a run was available. What is missing is unknown."
        return
    totals = {name: n for name, n in gaps["totals"].items() if name in LOST and n}
    addresses = ", ".join(f"{n:,} {LOST[name]}" for name, n in totals.items()) or "none is known"
    yield (
        f"- Addresses that {count(gaps['runs'], 'run')} of the editions {join(gaps['editions'])} found and could not "
        f"fetch: {addresses}. An address counts once for each run. The filters of the dataset cannot be applied to "
        "these numbers: a page that was not read has no section, kind or date."
    )
    if incomplete := sum(n for status, n in gaps["ended"] if status):
        yield f"- {count(incomplete, 'run')} ended incomplete."
    for row in gaps["listings"][:_ROWS]:
        yield (
            f"- {_escape(row['run'])}: {_escape(row['kind'])} {_escape(row['label'])} was not crawled to its end: "
            f"{_escape(row['trouble'])}."
        )
    if more := len(gaps["listings"][_ROWS:]) + gaps["listings_more"]:
        yield f"- {count(more, 'more listing')}."


LOST = {
    "failed": "that failed",
    "rejected": "whose page gave no valid record",
    "gone": "that were gone",
    "not_fetched": "left when a run stopped",
    "missing": "without an outcome",
}
"""The outcomes of addresses that gave no article, in words."""
_TERMS = """\
- **Texts** belong to the outlet or their authors. Texts whose `source` names agencies or other sites may belong to
  those. This dataset gives no licence to them.
- **Pictures and videos** are not in the dataset, only their addresses and captions. `credit` often names the agency
  that owns a picture.
- **What the crawler adds** (times, counts, hashes, groups) describes these texts and gives no right to them.
- **The code** that built the dataset is under BSD-3-Clause. That licence does not cover the texts.
- Before you publish this or train on it, check copyright and its exceptions for text and data mining in your country,
  the outlet's terms, rights reserved in machine-readable form, and other rules that apply to you.
- Texts name people, living ones among them, and may say things about them that are wrong or out of date. Names of
  authors are personal data. If the site takes an article down, take it down here too."""
_LIMITS = """\
- One outlet, with its choice of subjects, sources and words. It is not a sample of news.
- Articles that no listing and no sitemap led to are missing, and so are revisions between two visits.
- If a page was unclear, the value is null or has a warning. `published_at` of an older text may be the time when
  it was moved to the present site.
- `shares` and `reading_minutes` are as shown on the day of the fetch.
- Labels (`section`, `category`, `tags`, `keywords`) are the outlet's own, made for its readers."""


def _reproduce(manifest: Mapping[str, Any]) -> str:
    return (
        f"`{manifest['command']}`, with your own folders, makes the same bytes from the same input. Cite it as "
        f"version {manifest['version']}: the day of the last fetch, and the start of a hash over all data files. "
        "`manifest.json` has the hash of every file in the dataset and of every input file."
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _pairs(pairs: Sequence[Sequence[Any]], noun: str) -> str:
    """Write values with their numbers of records. Records without a value come last."""
    shown = [f"{_escape(name)} {n:,}" for name, n in pairs[:_ROWS] if name is not None]
    shown += [f"{n:,} without a {noun}" for name, n in pairs if name is None]
    return ", ".join(shown) + (f" and {len(pairs) - _ROWS:,} more" if len(pairs) > _ROWS else "")


_BARE_LINK = re.compile(r"(www|https?|ftp)(\.|://)", re.IGNORECASE)


def _escape(text: object) -> str:
    """Escape text of the site for Markdown, on one line."""
    escaped = "".join(f"\\{c}" if c in "\\`*_[]<>|#&!~$" else c for c in harmless(" ".join(str(text).split())))
    # GitHub makes links of bare addresses.
    return _BARE_LINK.sub(r"\1\\\2", escaped)


def _share(n: int, total: int) -> str:
    if n == total:
        return "all"
    share = 100 * n / total
    return f"{min(max(share, 0.1), 99.9):.1f} %" if n else "none"


def _range(times: Mapping[str, str | None]) -> str:
    if times["first"] is None or times["last"] is None:
        return "without dates"
    first, last = times["first"][:10], times["last"][:10]
    return f"on {first}" if first == last else f"from {first} to {last}"
