"""What core/web/pages/html/html.h must not let through, given to the compiler: each line alone, beside those that it takes.
tests/web/html_test.cpp has the whole table; this is about html<> itself."""

import concurrent.futures
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TAKEN = [
    'html<"<p>{}</p>">("x")', 'html<R"(<a href="{}"{}>{}</a>)">(Link("/a"), flag<"hidden">(true), 1)', 'attribute<"title">("x")',
]
REFUSED = [
    'html<"<p class={}>x</p>">("x")',                    # no quotes
    'html<R"(<a href="{}">x</a>)">("javascript:a()")',   # a URL that is a text
    'html<R"(<p onclick="{}">x</p>)">("x")',             # script
    'html<"<script>{}</script>">("x")',
    'html<"<p>{}</p>">("x", "y")', 'html<"<p>{}</p>">()',  # more and fewer values than places
    'html<"<p><b>{}</p></b>">("x")',                     # not closed in their order
    'html<"<p{}>x</p>">("onclick=a()")',                 # a text among attributes
    'html<R"(<p title="{}">x</p>)">(Html())',            # a piece within quotes
    'attribute<"onclick">("x")', 'attribute<"href">("x")', 'flag<"style">(true)',
]


def compiles(compiler, line):
    source = f'#include "core/web/pages/html/html.h"\nusing namespace thig;\nauto piece() {{ return {line}; }}\n'
    done = subprocess.run([compiler, "-std=c++23", f"-I{ROOT}", "-fsyntax-only", "-x", "c++", "-"], input=source, text=True, capture_output=True)
    return done.returncode == 0


def main():
    compiler = sys.argv[1] if len(sys.argv) > 1 else "c++"
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(lambda line: compiles(compiler, line), TAKEN + REFUSED))
    wrong = [line for line, ok in zip(TAKEN, taken) if not ok] + [line for line, ok in zip(REFUSED, taken[len(TAKEN):]) if ok]
    for line in wrong:
        print("not as it should be:", line)
    print(f"{len(taken)} lines, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
