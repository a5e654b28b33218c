"""A client that is generated from the API's own description works against the real server: its types fit what is sent
and what comes back. A package that is missing is a failure."""

import json
import pathlib
import shutil
import subprocess
import unittest

from admin_api import SCOPES, Api
from hooks import HERE, PATIENCE, Home


class TestTypescript(unittest.TestCase):
    def tool(self, *words, folder):
        done = subprocess.run(list(map(str, words)), cwd=folder, capture_output=True, text=True, timeout=PATIENCE * 3)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_a_generated_client_emits_lists_and_recovers(self):
        home = self.enterContext(Home())
        key = home.json("keys", "add", "client", "--scope", ",".join(SCOPES))["key"]
        api = Api(home)
        folder = pathlib.Path(home.dir) / "client"
        folder.mkdir()
        (folder / "node_modules").symlink_to(HERE / "node_modules")
        (folder / "openapi.json").write_text(json.dumps(api.ask("GET", "/api/openapi.json")[2]))
        shutil.copy(HERE / "clients/typescript.mts", folder)
        self.tool("node", HERE / "node_modules/openapi-typescript/bin/cli.js", "openapi.json", "--output", "api.d.ts", folder=folder)
        (folder / "tsconfig.json").write_text(json.dumps({
            "compilerOptions": {"module": "nodenext", "moduleResolution": "nodenext", "target": "es2022", "strict": True,
                                "skipLibCheck": True, "types": [], "lib": ["es2022", "dom", "dom.iterable"]},
            "files": ["typescript.mts", "globals.d.ts"]}))
        (folder / "globals.d.ts").write_text("declare const process: { argv: string[] };\n")
        self.tool("node", HERE / "node_modules/typescript/bin/tsc", "--project", ".", folder=folder)
        seen = json.loads(self.tool("node", "typescript.mjs", f"http://{api.place.netloc}", key, folder=folder))
        self.assertEqual(seen, {"secret": True, "receipt": [1, False], "again": [True, True], "deliveries": [[True, "missed"]],
                                "recovered": 1, "refused": [404, "NOT_FOUND"]})


if __name__ == "__main__":
    unittest.main()
