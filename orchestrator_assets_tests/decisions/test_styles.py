"""Every style of metadata that people write, one small document each: what a careful reader would say of it."""

from __future__ import annotations

import pytest

from orchestrator_assets_tests.decisions.reading import one

BODY = "\n## Context\n\nStatus: Rejected\nDate: 1999-01-01\n\n## Decision\n\nUse X.\n"

# name: (text, title, status, date, status_raw or ... to leave it unchecked)
STYLES: dict[str, tuple[str, str, str | None, str | None, object]] = {
    "madr 4": ('---\nstatus: "accepted"\ndate: 2025-01-02\ndecision-makers: [Ada, Bob]\n---\n\n# Use X\n' + BODY, "Use X", "accepted", "2025-01-02", "accepted"),
    "madr 4 superseded": ('---\nstatus: "superseded by ADR-0123"\ndate: "2025-01-02"\n---\n# Use X\n' + BODY, "Use X", "superseded", "2025-01-02", "superseded by ADR-0123"),
    "madr 4 no status": ("---\n# These are optional metadata elements.\ndate: 2025-01-02\n---\n# Use X\n" + BODY, "Use X", None, "2025-01-02", None),
    "madr 3": ("---\nstatus: rejected\ndate: 2025-01-02\ndeciders: Ada, Bob\nconsulted: Cy\n---\n# Use X\n" + BODY, "Use X", "rejected", "2025-01-02", "rejected"),
    "madr template left": ('---\nstatus: "{proposed | rejected | accepted | deprecated | … | superseded by ADR-0123}"\ndate: {YYYY-MM-DD}\n---\n# Use X\n' + BODY, "Use X", None, None, ...),
    "madr 2": ("# Use X\n\n* Status: accepted\n* Deciders: Ada, Bob\n* Date: 2025-01-02\n\nTechnical Story: #12\n" + BODY, "Use X", "accepted", "2025-01-02", "accepted"),
    "madr 2 brackets": ("# Use X\n\n* Status: [proposed | rejected | accepted | deprecated | … | superseded by [ADR-0005](0005-example.md)] <!-- optional -->\n" + BODY, "Use X", None, None, ...),
    "madr 2 superseded": ("# Use X\n\n* Status: superseded by [ADR-0005](0005-example.md)\n* Date: 2025-01-02\n" + BODY, "Use X", "superseded", "2025-01-02", "superseded by [ADR-0005](0005-example.md)"),
    "bullets fenced before": ("---\n* Status: accepted\n* Date: 2025-01-02\n---\n\n# Use X\n" + BODY, "Use X", "accepted", "2025-01-02", "accepted"),
    "bullets fenced after": ("# Use X\n\n---\n- **Status:** Accepted\n- **Date:** 2025-01-02\n---\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "log4brains": ("# Use X\n\n- Status: draft\n- Date: 2025-01-02\n- Tags: db, cost\n" + BODY, "Use X", "draft", "2025-01-02", "draft"),
    "nygard": ("# 7. Use X\n\n## Status\n\nAccepted\n" + BODY, "Use X", "accepted", None, "Accepted"),
    "nygard dated": ("# ADR 7: Use X\n\n## Status\n\nAccepted (2025-01-02)\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted (2025-01-02)"),
    "nygard spelled date": ("# ADR 7: Use X\n\n## Status\n\nAccepted on 2 January 2025\n" + BODY, "Use X", "accepted", "2025-01-02", ...),
    "nygard list": ("# 7. Use X\n\n## Status\n\n* Proposed\n" + BODY, "Use X", "proposed", None, "Proposed"),
    "nygard checklist": ("# 7. Use X\n\n## Status\n\n- [ ] Proposed\n- [x] Accepted\n- [ ] Deprecated\n" + BODY, "Use X", "accepted", None, "Accepted"),
    "nygard bold": ("# 7. Use X\n\n## Status\n**DEPRECATED**\n" + BODY, "Use X", "deprecated", None, "**DEPRECATED**"),
    "nygard label in section": ("# 7. Use X\n\n## Status\n\nStatus: Accepted\n\nDate: 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "nygard date section": ("# 7. Use X\n\n## Date\n\n2025-01-02\n\n## Status\n\nAccepted\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "adr-tools": ("# 7. Use X\n\nDate: 2016-02-12\n\n## Status\n\nAccepted\n\nSupersedes [3. Old](0003-old.md)\n" + BODY, "Use X", "accepted", "2016-02-12", "Accepted"),
    "adr-tools superceded": ("# 7. Use X\n\nDate: 2016-02-12\n\n## Status\n\nSuperceded by [9. New](0009-new.md)\n" + BODY, "Use X", "superseded", "2016-02-12", "Superceded by [9. New](0009-new.md)"),
    "adr-tools amended": ("# 7. Use X\n\nDate: 2016-02-12\n\n## Status\n\nAccepted\n\nAmended by [9. New](0009-new.md)\n" + BODY, "Use X", "accepted", "2016-02-12", "Accepted"),
    "quoted": ("# ADR-0007: Use X\n\n> **Status:** Accepted\n> **Date:** 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "bold colon outside": ("# ADR-0007: Use X\n\n**Status**: Accepted\n**Date**: 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "bold colon inside": ("# ADR-0007: Use X\n\n**Status:** Accepted  \n**Date:** 2025-01-02  \n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "bold underscores": ("# ADR-0007: Use X\n\n__Status__: Accepted\n\n__Date:__ 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "italic": ("# ADR-0007: Use X\n\n*Status:* Accepted\n\n*Date:* 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "all bold": ("# ADR-0007: Use X\n\n**Status: Accepted**\n\n**Date: 2025-01-02**\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "plain": ("# ADR-0007: Use X\n\nStatus: Accepted\nDate: 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "upper case": ("# ADR-0007: Use X\n\nSTATUS: ACCEPTED\nDATE: 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "ACCEPTED"),
    "one line": ("# ADR-0007: Use X\n\n**Status:** Accepted | **Date:** 2025-01-02 | **Review:** 2026-01-01\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "one quoted line": ("# ADR-0007: Use X\n\n> Status: Proposed | Date: 2025-01-02\n" + BODY, "Use X", "proposed", "2025-01-02", "Proposed"),
    "table of rows": ("# ADR-0007: Use X\n\n| | |\n|---|---|\n| **Status** | Accepted |\n| **Date** | 2025-01-02 |\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "table with head": ("# ADR-0007: Use X\n\n| Field | Value |\n|---|---|\n| Status | Accepted |\n| Date | 2025-01-02 |\n| Deciders | Ada |\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "table first row is head": ("# ADR-0007: Use X\n\n| Status | Accepted |\n|---|---|\n| Date | 2025-01-02 |\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "table across": ("# ADR-0007: Use X\n\n| Status | Date | Deciders |\n|---|---|---|\n| Accepted | 2025-01-02 | Ada |\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "table across two": ("# ADR-0007: Use X\n\n| Status | Date |\n|---|---|\n| Accepted | 2025-01-02 |\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "emoji": ("# ADR-0007: Use X\n\n✅ **Status:** Accepted\n\n📅 **Date:** 14/03/2022\n" + BODY, "Use X", "accepted", "2022-03-14", "Accepted"),
    "emoji value": ("# ADR-0007: Use X\n\nStatus: ✅ Accepted\nDate: 14.03.2022\n" + BODY, "Use X", "accepted", "2022-03-14", "✅ Accepted"),
    "parentheses": ("# ADR-0007: Use X\n\nStatus: (Accepted)\nDate: March 14, 2022\n" + BODY, "Use X", "accepted", "2022-03-14", "(Accepted)"),
    "struck through": ("# ADR-0007: Use X\n\nStatus: ~~Proposed~~ Accepted\nDate: 14 Mar 2022\n" + BODY, "Use X", "accepted", "2022-03-14", ...),
    "badge": ("# ADR-0007: Use X\n\nStatus: ![Accepted](https://img.example.org/accepted.svg)\nDate: 03/14/2022\n" + BODY, "Use X", "accepted", "2022-03-14", ...),
    "html in value": ('# ADR-0007: Use X\n\nStatus: <span style="color:green">Accepted</span>\nDate: 2022/03/14\n' + BODY, "Use X", "accepted", "2022-03-14", ...),
    "month only": ("# ADR-0007: Use X\n\nStatus: Accepted\nDate: 2022-03\n" + BODY, "Use X", "accepted", "2022-03", "Accepted"),
    "month by name": ("# ADR-0007: Use X\n\nStatus: Accepted\nDate: September 2022\n" + BODY, "Use X", "accepted", "2022-09", "Accepted"),
    "date to come": ("# ADR-0007: Use X\n\nStatus: Accepted\nDate: TBD\n" + BODY, "Use X", "accepted", None, "Accepted"),
    "impossible date": ("# ADR-0007: Use X\n\nStatus: Accepted\nDate: 2022-02-31\n" + BODY, "Use X", "accepted", None, "Accepted"),
    "date with time": ("# ADR-0007: Use X\n\nStatus: Accepted\nDate: 2022-03-14T10:00:00Z\n" + BODY, "Use X", "accepted", "2022-03-14", "Accepted"),
    "created": ("---\nstatus: accepted\ncreated: 2022-03-14\nupdated: 2024-01-01\n---\n# Use X\n" + BODY, "Use X", "accepted", "2022-03-14", "accepted"),
    "last updated is no date": ("# ADR-0007: Use X\n\n**Status:** Active\n**Last Updated:** 2022-03-14\n" + BODY, "Use X", "active", None, "Active"),
    "review": ("# ADR-0007: Use X\n\nStatus: Review\n" + BODY, "Use X", None, None, "Review"),
    "incomplete": ("# ADR-0007: Use X\n\nStatus: Incomplete\n" + BODY, "Use X", None, None, "Incomplete"),
    "refinement completed": ("# ADR-0007: Use X\n\nStatus: Refinement completed\n" + BODY, "Use X", None, None, "Refinement completed"),
    "not accepted": ("# ADR-0007: Use X\n\nStatus: Not accepted\n" + BODY, "Use X", None, None, "Not accepted"),
    "status only in the body": ("# ADR-0007: Use X\n\nSome words.\n" + BODY, "Use X", None, None, None),
    "status only in a comment": ("# ADR-0007: Use X\n\n<!--\nStatus: Accepted\nDate: 2025-01-02\n-->\n" + BODY, "Use X", None, None, None),
    "status only in code": ("# ADR-0007: Use X\n\n```\nStatus: Accepted\nDate: 2025-01-02\n```\n" + BODY, "Use X", None, None, None),
    "comment before the title": ("<!-- markdownlint-disable\nStatus: Accepted -->\n\n# ADR-0007: Use X\n\nStatus: Proposed\n" + BODY, "Use X", "proposed", None, "Proposed"),
    "licence comment first": ("<!--\nLicensed\n-->\n# 7. Use X\n\nDate: 2025-01-02\n\n## Status\n\nDecided\n" + BODY, "Use X", "decided", "2025-01-02", "Decided"),
    "bom and crlf": ("\ufeff# ADR-0007: Use X\r\n\r\nStatus: Accepted\r\nDate: 2025-01-02\r\n", "Use X", "accepted", "2025-01-02", "Accepted"),
    "labels before the title": ("Status: Accepted\nDate: 2025-01-02\n\n# ADR-0007: Use X\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "setext title": ("Use X\n=====\n\nStatus: Accepted\nDate: 2025-01-02\n\nContext\n-------\n\nStatus: Rejected\n", "Use X", "accepted", "2025-01-02", "Accepted"),
    "labels over a rule": ("# Use X\n\nStatus: Accepted\nDate: 2025-01-02\n---\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "status log": ("# 7. Use X\n\n## Status\n\nAccepted\n\n### Change log\n\n- 2025-01-02: proposed\n- 2025-02-03: accepted\n" + BODY, "Use X", "accepted", None, "Accepted"),
    "provisional": ("# ADR-0007: Use X\n\nStatus: Provisional\n" + BODY, "Use X", "provisional", None, "Provisional"),
    "y statement": ("# Use X\n\nIn the context of Y, facing Z, we decided for X to achieve W, accepting V.\n", "Use X", None, None, None),
    # labels without a colon, or set off otherwise
    "dash": ("# ADR-0007: Use X\n\nStatus - Accepted\nDate - 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "bold and dash": ("# ADR-0007: Use X\n\n- **Status** — Accepted\n- **Date** — 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "bold alone": ("# ADR-0007: Use X\n\n**Status**\n\nAccepted\n\n**Date**\n\n2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "label alone before a paragraph of prose": ("# ADR-0007: Use X\n\n**Status:**\n\n" + "Accepted by nobody yet, as far as we know. " * 3 + "\n" + BODY, "Use X", None, None, None),
    "html bold": ("# ADR-0007: Use X\n\n<b>Status:</b> Accepted\n" + BODY, "Use X", "accepted", None, "Accepted"),
    "html breaks": ("# ADR-0007: Use X\n\n**Status:** Accepted<br>**Date:** 2025-01-02<br/>\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "one line, slash": ("# ADR-0007: Use X\n\n**Status:** Accepted / **Date:** 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "one line, unspaced pipe": ("# ADR-0007: Use X\n\n**Status:** Accepted|**Date:** 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "one line, comma": ("# ADR-0007: Use X\n\nStatus: Accepted, Date: 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", ...),
    "badge alone": ("# ADR-0007: Use X\n\n![Status: Accepted](https://img.example.org/a.svg)\n" + BODY, "Use X", "accepted", None, "Accepted"),
    "three columns": ("# ADR-0007: Use X\n\n| Field | Value | Note |\n|---|---|---|\n| Status | Accepted | ok |\n| Date | 2025-01-02 | |\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "bare line": ("# ADR-0007: Use X\n\n✅ Accepted\n\n📅 Date: 14/03/2022\n" + BODY, "Use X", "accepted", "2022-03-14", "✅ Accepted"),
    "bare line with a date": ("# ADR-0007: Use X\n\n*(Accepted, 2025-01-02)*\n" + BODY, "Use X", "accepted", "2025-01-02", ...),
    "a sentence is no bare line": ("# ADR-0007: Use X\n\nAccepted practice is to use Y.\n\nDraft beer.\n" + BODY, "Use X", None, None, None),
    "bare line below a section": ("# ADR-0007: Use X\n\n## Decision\n\nAccepted\n", "Use X", None, None, None),
    "log4brains, before the title": ("- Status: accepted\n- Date: 2025-01-02\n- Tags: a, b\n\n# Use X\n" + BODY, "Use X", "accepted", "2025-01-02", "accepted"),
    "a status's way": ("# ADR-0007: Use X\n\nStatus: Proposed -> Accepted\n" + BODY, "Use X", "accepted", None, "Proposed -> Accepted"),
    "comma date": ("# ADR-0007: Use X\n\nStatus: Accepted, 2020-05-01\n" + BODY, "Use X", "accepted", "2020-05-01", "Accepted, 2020-05-01"),
    "approved": ("# ADR-0007: Use X\n\n**Status:** Approved\n" + BODY, "Use X", None, None, "Approved"),
    "implemented": ("# 7. Use X\n\n## Status\n\nImplemented\n" + BODY, "Use X", None, None, "Implemented"),
    "obsolete": ("# 7. Use X\n\n## Status\n\nObsolete\n" + BODY, "Use X", None, None, "Obsolete"),
    "date of decision": ("# 7. Use X\n\nStatus: Accepted\nDate of decision: 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "two dates": ("# 7. Use X\n\nStatus: Accepted\nDate proposed: 2024-01-01\nDate accepted: 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    # sections
    "date in the section": ("# 7. Use X\n\n## Status\n\nAccepted\n\n2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "status and date": ("# 7. Use X\n\n## Status and Date\n\nAccepted 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", ...),
    "said in headings": ("# 7. Use X\n\n## Status: Accepted\n\n## Date: 2025-01-02\n" + BODY, "Use X", "accepted", "2025-01-02", "Accepted"),
    "struck line first": ("# 7. Use X\n\n## Status\n\n~~Accepted~~\n\nSuperseded by [ADR-9](0009-x.md)\n" + BODY, "Use X", "superseded", None, ...),
    "status log in a table": ("# 7. Use X\n\n## Status\n\n| Date | Status |\n|---|---|\n| 2025-01-02 | Proposed |\n| 2025-02-03 | Accepted |\n" + BODY, "Use X", "accepted", "2025-02-03", ...),
    "status only in the change log": ("# 7. Use X\n" + BODY + "\n## Changelog\n\n- 2025-01-02: proposed\n- 2025-02-03: accepted\n", "Use X", "accepted", "2025-02-03", "2025-02-03: accepted"),
    "a change log of other things": ("# 7. Use X\n" + BODY + "\n## Changelog\n\n- 2025-01-02: proposed by Ada\n- 2025-02-03: typos\n", "Use X", None, None, None),
    "status beats the change log": ("# 7. Use X\n\nStatus: Draft\n" + BODY + "\n## Changelog\n\n- 2025-01-02: proposed\n- 2025-02-03: accepted\n", "Use X", "draft", None, "Draft"),
    "heading attributes": ("# 7. Use X {#use-x}\n\n## Status {#status}\n\nAccepted\n" + BODY, "Use X", "accepted", None, "Accepted"),
    "closed headings": ("# 7. Use X #\n\n## Status ##\n\nAccepted\n" + BODY, "Use X", "accepted", None, "Accepted"),
    "anchor before the title": ('<a name="7"></a>\n# 7. Use X\n\n## Status\n\nAccepted\n' + BODY, "Use X", "accepted", None, "Accepted"),
    "another decision quoted": ("# 7. Use X\n\n> From ADR-3:\n> Status: Rejected\n\n> As ADR-4 says,\n> **Status:** Rejected\n\n## Status\n\nAccepted\n" + BODY, "Use X", "accepted", None, "Accepted"),
    "template title": ("# [short title of solved problem and solution]\n\n* Status: accepted\n" + BODY, "[short title of solved problem and solution]", "accepted", None, "accepted"),
    "front matter date day first": ("---\nstatus: ACCEPTED\ndate: 14/03/2022\n---\n# Use X\n" + BODY, "Use X", "accepted", "2022-03-14", "ACCEPTED"),
    "front matter without a value": ("---\nstatus:\n---\n# Use X\n\n## Status\n\nAccepted\n" + BODY, "Use X", "accepted", None, "Accepted"),
    "numbered headings": ("# 7. Use X\n\n## 1. Status\n\nAccepted\n\n## 2. Context\n\nStatus: Rejected\n", "Use X", "accepted", None, "Accepted"),
}  # fmt: skip


@pytest.mark.parametrize("name", STYLES)
def test_style(name: str) -> None:
    text, title, status, date, raw = STYLES[name]
    found = one(text)
    assert (found.title, found.status, found.date) == (title, status, date)
    if raw is not ...:
        assert found.status_raw == raw
    assert (found.number, found.id) == (7, "ADR-0007")


RST: dict[str, tuple[str, str, str | None, str | None]] = {
    "fields": ("Use X\n=====\n\n:Status: Accepted\n:Date: 2025-01-02\n\nContext\n-------\n\nStatus: Rejected\n", "Use X", "accepted", "2025-01-02"),
    "overlined": ("=====\nUse X\n=====\n\n:status: proposed\n\nContext\n=======\n\nText.\n", "Use X", "proposed", None),
    "label lines before the title": ("Status: Accepted\nDate: 2025-01-02\n\nADR 7: Use X\n============\n\nContext\n-------\n\nText.\n", "Use X", "accepted", "2025-01-02"),
    "bold status": ("ADR-7: Use X\n============\n\n**Status**: Accepted\n\n**Date**: 2 January 2025\n\nContext\n-------\n\nText.\n", "Use X", "accepted", "2025-01-02"),
    "status section": ("7. Use X\n========\n\nStatus\n------\n\nAccepted (2025-01-02)\n\nContext\n-------\n\nText.\n", "Use X", "accepted", "2025-01-02"),
    "directives and comments": (".. contents::\n\n.. Status: Rejected\n\nUse X\n=====\n\n:Status: *Accepted*\n\n.. include:: /etc/passwd\n\nContext\n-------\n\n::\n\n  Status: Rejected\n", "Use X", "accepted", None),
    "substitution": (".. |s| replace:: Accepted\n\nUse X\n=====\n\n:Status: |s|\n\nContext\n-------\n\nText.\n", "Use X", "accepted", None),
    "bold alone": ("Use X\n=====\n\n**Status**\n\nAccepted\n\nContext\n-------\n\nText.\n", "Use X", "accepted", None),
    "sections with overlines": ("############\nADR 7: Use X\n############\n\nStatus\n******\n\nAccepted\n\nDate\n****\n\n2025-01-02\n", "Use X", "accepted", "2025-01-02"),
    "fields before the title": (":Status: Accepted\n:Date: 2025-01-02\n\n=====\nUse X\n=====\n\nContext\n=======\n\nText.\n", "Use X", "accepted", "2025-01-02"),
    "simple table": ("Use X\n=====\n\n======  ==========\nStatus  Accepted\nDate    2025-01-02\n======  ==========\n\nContext\n-------\n\nText.\n", "Use X", "accepted", "2025-01-02"),
    "bullets": ("Use X\n=====\n\n* Status: Accepted\n* Date: 2025-01-02\n\nContext\n-------\n\nText.\n", "Use X", "accepted", "2025-01-02"),
    "change log": ("Use X\n=====\n\nStatus: Accepted, 2025-01-02\n\nContext\n-------\n\nText.\n\nChange log\n----------\n\n2025-02-03: Rejected\n", "Use X", "accepted", "2025-01-02"),
}  # fmt: skip


@pytest.mark.parametrize("name", RST)
def test_restructuredtext(name: str) -> None:
    text, title, status, date = RST[name]
    found = one(text, "docs/adr/0007-use-x.rst")
    assert (found.title, found.status, found.date) == (title, status, date)


NAMES = [
    # path, heading, number, id, title
    ("docs/adr/0007-use-x.md", "# 7. Use X", 7, "ADR-0007", "Use X"),
    ("docs/adr/0007-use-x.md", "# 0007 - Use X", 7, "ADR-0007", "Use X"),
    ("docs/adr/0007-use-x.md", "# 7 Use X", 7, "ADR-0007", "Use X"),
    ("docs/adr/007-use-x.md", "# ADR 007 - Use X", 7, "ADR-007", "Use X"),
    ("docs/adr/adr-007-use-x.md", "# ADR007: Use X", 7, "ADR-007", "Use X"),
    ("docs/adr/ADR-12.md", "# ADR-12 Use X", 12, "ADR-12", "Use X"),
    ("docs/adr/ADR_0012_use_x.md", "# Use X", 12, "ADR-0012", "Use X"),
    ("docs/adr/PROJ-ADR-7-use-x.md", "# PROJ-ADR-7: Use X", 7, "PROJ-ADR-7", "Use X"),
    ("docs/adr/ARCH-012-use-x.md", "# ARCH-012: Use X", 12, "ARCH-012", "Use X"),
    ("docs/adr/RFC-5-use-x.md", "# RFC-5: Use X", 5, "RFC-5", "Use X"),
    ("docs/decisions/ISSUE-47-use-x.md", "# Issue #47: Use X", 47, "ISSUE-47", "Use X"),
    ("docs/decisions/PHASE2_NOTES.md", "# Phase 2 Notes", 2, "PHASE2", "Phase 2 Notes"),
    ("docs/decisions/2025-09-18-use-x.md", "# ADR: Use X", None, None, "Use X"),
    ("docs/decisions/20250918-use-x.md", "# Use X", None, None, "Use X"),
    ("docs/decisions/use-oauth2-for-login.md", "# Use OAuth2 for login", None, None, "Use OAuth2 for login"),
    ("docs/decisions/use-x.md", "# ADR-5: Use X", 5, "ADR-5", "Use X"),
    ("docs/decisions/use-x.md", "# 5. Use X", 5, "ADR-5", "Use X"),
    ("docs/decisions/use-x.md", "# Architecture Decision Record: Use X", None, None, "Use X"),
    ("docs/decisions/use-x.md", "# PostgreSQL 15 everywhere", None, None, "PostgreSQL 15 everywhere"),
    ("docs/decisions/use-x.md", "# 3 regions are enough", None, None, "3 regions are enough"),
    ("docs/adr/0007-use-x.md", "# ADR-0007: Use `X` & **Y** [z](z.md)", 7, "ADR-0007", "Use `X` & Y z"),
    ("docs/adr/0007-use-x.md", "# ADR-0007: Phase 2: Use X", 7, "ADR-0007", "Phase 2: Use X"),
    ("docs/adr/0007-use-x.md", "# Decision 7: Use X", 7, "ADR-0007", "Use X"),
    ("docs/adr/0007-use-x.md", "# ADR-0007 (update) — Use X", 7, "ADR-0007", "Use X"),
    ("docs/adr/0007-use-x.md", "# ADR-0003: Copied", 7, "ADR-0007", "Copied"),
    ("docs/adr/0007-use-x.md", "", 7, "ADR-0007", "use x"),
    ("docs/adr/0007-use-x.md", "## Status\n\nAccepted", 7, "ADR-0007", "use x"),
]


@pytest.mark.parametrize(("path", "heading", "number", "identity", "title"), NAMES)
def test_names(path: str, heading: str, number: int | None, identity: str | None, title: str) -> None:
    found = one(f"{heading}\n\nText.\n", path)
    assert (found.number, found.id, found.title) == (number, identity, title)
