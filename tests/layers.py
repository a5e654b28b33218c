#!/usr/bin/env python3
"""Checks the rules of the architecture that a compiler does not: who may include whom, which library appears where, and
that no file and no function has outgrown its purpose. Prints every breach; exit code 1 if there is one."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 70

# Layer -> the layers it may include besides itself (core/README.md draws the picture).
LAYERS = {
    "core/base": [],
    "core/model": ["core/base"],
    "core/rules": ["core/model", "core/base"],
    "core/store": ["core/model", "core/base"],
    "core/store/sqlite": ["core/store", "core/model", "core/base"],
    "core/documents": ["core/rules", "core/model", "core/base"],
    "core/net": ["core/rules", "core/model", "core/base"],
    "core/dispatch": ["core/net", "core/store", "core/documents", "core/rules", "core/model", "core/base"],
    "core/setup": ["core/dispatch", "core/store", "core/documents", "core/rules", "core/model", "core/base"],
    "core/probe": ["core/setup", "core/dispatch", "core/net", "core/store", "core/documents", "core/rules",
                   "core/model", "core/base"],
    "core/care": ["core/probe", "core/setup", "core/dispatch", "core/net", "core/store", "core/documents", "core/rules",
                  "core/model", "core/base"],
    "core/incoming": ["core/setup", "core/dispatch", "core/net", "core/store", "core/documents", "core/rules",
                      "core/model", "core/base"],
    "core/api": ["core/care", "core/probe", "core/setup", "core/dispatch", "core/incoming", "core/net", "core/store",
                 "core/documents", "core/rules", "core/model", "core/base"],
    "core/web": ["core/api", "core/care", "core/probe", "core/setup", "core/dispatch", "core/incoming", "core/net",
                 "core/store", "core/documents", "core/rules", "core/model", "core/base"],
    "core/web/pages": ["core/web", "core/api", "core/care", "core/probe", "core/setup", "core/dispatch", "core/incoming",
                       "core/net", "core/store", "core/documents", "core/rules", "core/model", "core/base"],
    "core/open": ["core/web/pages", "core/web", "core/api", "core/care", "core/probe", "core/setup", "core/dispatch", "core/incoming", "core/net", "core/store",
                  "core/store/sqlite", "core/documents", "core/rules", "core/model", "core/base"],
    "cli": ["core/open", "core/web/pages", "core/web", "core/api", "core/care", "core/probe", "core/setup", "core/dispatch", "core/incoming", "core/net",
            "core/store", "core/documents", "core/rules", "core/model", "core/base"],
}
# Within the pages: folder -> the folders of it that it may include besides itself.
PAGES = {
    "html": [],
    "frame": ["html"],
    "access": ["frame", "html"],
    "history": ["frame", "html"],
    "incoming": ["frame", "html"],
    "outgoing": ["history", "incoming", "frame", "html"],
}
for folder, others in PAGES.items():
    LAYERS[f"core/web/pages/{folder}"] = [f"core/web/pages/{other}" for other in others] + LAYERS["core/web/pages"]
LAYERS["core/web/pages"] = [f"core/web/pages/{folder}" for folder in PAGES] + LAYERS["core/web/pages"]

# These see the network through interfaces alone: the other headers name concrete classes.
SEES_OF_NET = {
    "core/dispatch": {"core/net/sender.h"},
    "core/probe": {"core/net/sender.h"},
    "core/care": {"core/net/sender.h"},
    "core/api": {"core/net/sender.h"},
    "cli": {"core/net/http_server.h", "core/net/forwarder.h", "core/net/certificate.h", "core/net/thread_setup.h"},
    "core/incoming": {"core/net/http_server.h", "core/net/heartbeat.h"},
    "core/web": {"core/net/http_server.h", "core/net/heartbeat.h", "core/net/http_gzip.h", "core/net/http_stream.h", "core/net/thread_setup.h"},
    **{pages: {"core/net/http_server.h", "core/net/http_stream.h"} for pages in LAYERS if pages.startswith("core/web/pages")},
}

# Folder of the command line -> the folders of it that it must not include. What is not named may.
KEPT_APART = {
    "cli/commands/": ["cli/commands/"],  # groups know their own folder alone
    "cli/flags/": ["cli/commands/", "cli/help/", "cli/config/", "cli/log/", "cli/listen/"],
    "cli/views/": ["cli/commands/", "cli/help/", "cli/config/", "cli/log/", "cli/listen/"],
    "cli/files/": ["cli/commands/", "cli/help/", "cli/views/", "cli/listen/"],
    "cli/terminal/": ["cli/commands/", "cli/help/", "cli/views/", "cli/flags/", "cli/listen/"],
    "cli/log/": ["cli/commands/", "cli/help/", "cli/config/", "cli/listen/"],
    "cli/listen/": ["cli/commands/", "cli/help/", "cli/views/", "cli/log/"],
    "cli/config/": ["cli/commands/", "cli/views/", "cli/log/", "cli/files/", "cli/listen/"],
}

# Library header -> the only files that may include it.
LIBRARIES = {
    "sqlite3.h": r"core/store/sqlite/|tests/(store|bench)/",
    "curl/curl.h": r"core/net/|tests/bench/",
    "boost/": r"core/net/http_|tests/net/http_gzip_test\.cpp$",
    "idn2.h": r"core/rules/punycode\.cpp$",
    "nlohmann/": r"tests/base/",
    "CLI/": r"cli/flags/flags\.cpp$",
    "openssl/": r"core/(base|rules|net|store)/|tests/(support|bench)/",
    "doctest/": r"tests/",
}
PRINTING = re.compile(r"\b(std::cout|std::cerr|printf|fprintf|puts|fmt::print)\b")


def layer_of(path):
    if re.fullmatch(r"core/open\.(h|cpp)", path):
        return "core/open"
    folders = [layer for layer in LAYERS if path.startswith(layer + "/")]
    return max(folders, key=len, default=None)


def kept_apart(path, included):
    if included.startswith(path.rsplit("/", 1)[0] + "/"):
        return False
    return any(included.startswith(other) for folder, others in KEPT_APART.items() if path.startswith(folder)
               for other in others)


def check_includes(path, lines):
    own = layer_of(path)
    for number, line in enumerate(lines, 1):
        quoted = re.match(r'#include "([^"]+)"', line)
        if quoted and own:
            included = quoted[1]
            other = layer_of(included)
            if other and other != own and other not in LAYERS[own]:
                yield f"{path}:{number}: {own} must not include {included}"
            if own == "cli" and kept_apart(path, included):
                yield f"{path}:{number}: {path.rsplit('/', 1)[0]} must not include {included}"
            if own == "cli" and included == "core/rules/access.h":
                yield f"{path}:{number}: rights are checked in core, where what needs them is done"
            if own in SEES_OF_NET and other == "core/net" and included not in SEES_OF_NET[own]:
                yield f"{path}:{number}: {own} sees interfaces only, not {included}"
        library = re.match(r"#include <([^>]+)>", line)
        if library:
            for header, allowed in LIBRARIES.items():
                if library[1].startswith(header) and not re.match(allowed, path):
                    yield f"{path}:{number}: <{library[1]}> belongs to {allowed}"
        if path.startswith("core/") and PRINTING.search(line.split("//")[0]):
            yield f"{path}:{number}: core must not print"


NOT_A_FUNCTION = re.compile(
    r"^\s*(if|for|while|switch|else|do|try|catch|namespace|class|struct|enum|union|return|case|extern)\b")


def check_functions(path, lines):
    """Braces are matched on text without strings and comments; a block is a function if a ')' comes
    before its '{' in the same declaration and it opens no control statement, type or namespace."""
    open_blocks, declaration, start = [], "", 1
    in_raw = False
    for number, line in enumerate(lines, 1):
        if in_raw:
            if ')"' not in line:
                continue
            line, in_raw = line[line.index(')"'):], False
        code = re.sub(r'R"\(.*?\)"', '""', line)
        if 'R"(' in code:
            code, in_raw = code[: code.index('R"(')], True
        code = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'', '""', code)
        code = code.split("//")[0]
        for character in code:
            if character == "{":
                is_function = ")" in declaration and not NOT_A_FUNCTION.match(declaration)
                open_blocks.append((is_function, start))
                declaration = ""
            elif character == "}":
                if open_blocks:
                    is_function, began = open_blocks.pop()
                    length = number - began + 1
                    if is_function and length > MAX_FUNCTION_LINES:
                        yield f"{path}:{began}: a function of {length} lines (at most {MAX_FUNCTION_LINES})"
                declaration = ""
            elif character == ";":
                declaration = ""
            else:
                if not declaration.strip():
                    start, declaration = number, ""
                declaration += character
        declaration += " "


def breaches():
    for folder in ("core", "cli", "tests"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix not in (".h", ".cpp", ".py", ".js", ".sh") or "node_modules" in file.parts:
                continue
            path = file.relative_to(ROOT).as_posix()
            lines = file.read_text(encoding="utf-8").splitlines()
            if len(lines) > MAX_FILE_LINES:
                yield f"{path}: {len(lines)} lines (at most {MAX_FILE_LINES})"
            if file.suffix in (".h", ".cpp"):
                yield from check_includes(path, lines)
                yield from check_functions(path, lines)


def main():
    found = list(breaches())
    print(*found, sep="\n", end="\n" if found else "")
    print(f"layers: {len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
