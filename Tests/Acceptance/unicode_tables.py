#!/usr/bin/env python3
"""Compares the Unicode tables of Sources/Catalog/Text/Tables with Unicode's own files, or writes them anew (--write).

    unicode_tables.py [--write] [DIRECTORY]

DIRECTORY has the files of the Unicode Character Database; Debian's package `unicode-data` puts them into /usr/share/unicode.
"""
import pathlib
import sys

WRITE = "--write" in sys.argv
ARGUMENTS = [a for a in sys.argv[1:] if a != "--write"]
UCD = pathlib.Path(ARGUMENTS[0] if ARGUMENTS else "/usr/share/unicode")
TABLES = pathlib.Path(__file__).resolve().parents[2] / "Sources/Catalog/Text/Tables"
TEST = pathlib.Path(__file__).resolve().parents[2] / "Tests/CatalogTests/Text/Truth/WordBreakTest.txt"


def properties(name):
    """Ranges of a property file, with the fields behind them."""
    for line in (UCD / name).read_text().splitlines():
        parts = [part.strip() for part in line.split("#")[0].split(";")]
        if len(parts) > 1:
            ends = [int(x, 16) for x in parts[0].split("..")]
            yield ends[0], ends[-1], parts[1:]


def wrapped(words, width=132, space=""):
    """Lines of a string literal."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(space) + len(word) > width:
            lines.append("")
        lines[-1] += (space if lines[-1] else "") + word
    return lines


def runs_of(kinds):
    """The letter of each run of equal kinds of all code points, with how long it is in hexadecimal digits."""
    runs = []
    start = 0
    for code in range(1, 0x110001):
        if code == 0x110000 or kinds[code] != kinds[start]:
            runs.append(f"{kinds[start]}{code - start:x}")
            start = code
    return runs


def source(comment, declaration, lines, joined=False):
    end = "\\\n" if joined else "\n"
    text = end.join("        " + line for line in lines)
    return f"{comment}extension {declaration} {{\n    static let data = \"\"\"\n{text}\n        \"\"\"\n}}\n"


NOTE = "// Made by Tests/Acceptance/unicode_tables.py from Unicode 15.0.\n\n"

CLASSES = {
    "Other": "A", "CR": "B", "LF": "C", "Newline": "D", "Extend": "E", "ZWJ": "F", "Format": "G", "Katakana": "H", "Hebrew_Letter": "I",
    "ALetter": "J", "MidLetter": "K", "MidNum": "L", "MidNumLet": "M", "Single_Quote": "N", "Double_Quote": "O", "Numeric": "P",
    "ExtendNumLet": "Q", "Regional_Indicator": "R", "WSegSpace": "S",
}


def word_break():
    kinds = ["A"] * 0x110000
    for low, high, (name, *_) in properties("auxiliary/WordBreakProperty.txt"):
        for code in range(low, high + 1):
            kinds[code] = CLASSES[name]
    # T and U are pictographs that are no letters, and letters; V are letters of scripts that write no spaces, W those of Hangul.
    for low, high, (name, *_) in properties("emoji/emoji-data.txt"):
        if name == "Extended_Pictographic":
            for code in range(low, high + 1):
                kinds[code] = {"A": "T", "J": "U"}[kinds[code]]
    for low, high, (category, *_) in properties("extracted/DerivedGeneralCategory.txt"):
        if category[0] == "L" or category == "Nl":
            for code in range(low, high + 1):
                if kinds[code] == "A":
                    kinds[code] = "V"
    for low, high, (script, *_) in properties("Scripts.txt"):
        if script == "Hangul":
            for code in range(low, high + 1):
                if kinds[code] == "J":
                    kinds[code] = "W"
    return source(NOTE, "WordBreakClass", wrapped(runs_of(kinds)), joined=True)


def folding():
    maps = {}
    for low, high, fields in properties("DerivedNormalizationProps.txt"):
        if fields[0] == "NFKC_CF":
            for code in range(low, high + 1):
                maps[code] = [int(x, 16) for x in fields[1].split()]
    codes = sorted(maps)
    words = []
    index, behind = 0, 0
    while index < len(codes):
        code = codes[index]
        best, sign, stride = 1, ">", 1
        for step in (1, 2):
            for mark in ("=", ">"):
                end = index
                while end + 1 < len(codes) and codes[end + 1] == codes[end] + step:
                    last, following = maps[codes[end]], maps[codes[end + 1]]
                    if mark == "=" and following != last:
                        break
                    if mark == ">" and (len(last) != 1 or following != [last[0] + step]):
                        break
                    end += 1
                if end - index + 1 > best:
                    best, sign, stride = end - index + 1, mark, step
        count = f"*{best:x}" if best > 1 else ""
        words.append(f"{code - behind:x}{count}{'/' if stride == 2 else ''}{sign}{'.'.join(f'{x:x}' for x in maps[code])}")
        index += best
        behind = codes[index - 1] + 1
    return maps, source(NOTE, "FoldingTable", wrapped(words, space=" "))


def composition(folded):
    excluded = set()
    for low, high, fields in properties("DerivedNormalizationProps.txt"):
        if fields[0] == "Full_Composition_Exclusion":
            excluded.update(range(low, high + 1))
    marks = {}
    for line in (UCD / "UnicodeData.txt").read_text().splitlines():
        fields = line.split(";")
        code, parts = int(fields[0], 16), fields[5].split()
        if len(parts) == 2 and not parts[0].startswith("<") and code not in excluded and code not in folded:
            marks.setdefault(int(parts[1], 16), []).append((int(parts[0], 16), code))
    words = []
    for mark in sorted(marks):
        words.append(f"{mark:x}:")
        words += [f"{base:x}>{code:x}" for base, code in sorted(marks[mark])]
    return source(NOTE, "Composition", wrapped(words, space=" "))


def letters():
    """What the C library's `iswalpha` and `iswspace` say in `C.UTF-8` (L, S), and marks that are no letters (M)."""
    kinds = ["O"] * 0x110000
    for low, high, (category, *_) in properties("extracted/DerivedGeneralCategory.txt"):
        for code in range(low, high + 1):
            if category in ("Mn", "Me", "Mc"):
                kinds[code] = "M"
            elif category == "Nd" and code > 0x7F:
                kinds[code] = "L"
    for low, high, (name, *_) in properties("DerivedCoreProperties.txt"):
        if name == "Alphabetic":
            kinds[low:high + 1] = "L" * (high - low + 1)
    for low, high, (name, *_) in properties("PropList.txt"):
        if name == "White_Space":
            for code in range(low, high + 1):
                if code not in (0x85, 0xA0, 0x2007, 0x202F):
                    kinds[code] = "S"
    return kinds, source(NOTE, "LetterClass", wrapped(runs_of(kinds)), joined=True)


def word_break_test():
    lines = (UCD / "auxiliary/WordBreakTest.txt").read_text().splitlines()
    head = [line for line in lines[:6]]
    return "\n".join(head + [line.split("#")[0].strip() for line in lines if line.startswith("÷")]) + "\n"


folded, folding_text = folding()
files = {
    TABLES / "WordBreakClass+Data.swift": word_break(),
    TABLES / "FoldingTable+Data.swift": folding_text,
    TABLES / "Composition+Data.swift": composition(folded),
    TABLES / "LetterClass+Data.swift": letters()[1],
    TEST: word_break_test(),
}
wrong = 0
for path, text in files.items():
    if WRITE:
        path.write_text(text)
    elif not path.exists() or path.read_text() != text:
        print(f"{path} is not what {UCD} says.")
        wrong += 1
sys.exit(1 if wrong else 0)
