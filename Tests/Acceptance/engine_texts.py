"""Whether docs/BEYOND-ONE-MACHINE.md has every text that an engine is asked, as its section "All that an engine is asked" promises."""

import pathlib
import re

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/BEYOND-ONE-MACHINE.md"
STATE = "owner, opening, number, convert_to(file, 'UTF8'), metadata, watches"


def plain(text):
    """Without what the page says in words: both directions, intervals without an end, other times, parameters of storage."""
    text = text.replace("\\|", "|").replace(STATE, "STATE").replace(" DESC ", " ASC ").replace("'6s'", "'0s'").replace(" WITH (fillfactor = 90)", "")
    text = re.sub(r" AND key < \$\d::bytea|\$\d", "", " ".join(text.split()))
    return re.sub(r"([(]) | ([)])", r"\1\2", text).rstrip("; ")


def undocumented(texts):
    section = PAGE.read_text().split("### All that an engine is asked")[1].split("\n### ")[0]
    known = plain(" ; ".join(re.findall(r"`([^`]+)`", section)))
    missing = []
    for text in sorted(texts):
        # A block of PL/pgSQL, and which tables it looks for, are told in words.
        if "DO $$" in text:
            text = re.sub(r"DO \$\$.*?\$\$", "", text, flags=re.DOTALL).replace("RESET client_min_messages", "")
        for part in text.split(";"):
            part = plain(re.sub(r"(to_regclass\('pando'\)),.*", r"\1", part, flags=re.DOTALL).replace("SET client_min", "client_min"))
            if part not in known:
                missing.append(part)
    return missing
