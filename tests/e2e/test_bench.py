"""The frame of ./dev bench: what is a ratio, what is missed, what is written, and the exit code. What it measures is no test."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BENCH = pathlib.Path(__file__).resolve().parent.parent / "bench"
sys.path.insert(0, str(BENCH))
from measuring import Bench, Measurement, short  # noqa: E402


def measured(*subjects, quick=False):
    lines = []
    bench = Bench(quick, lines.append)
    bench.run({subject.__name__: subject for subject in subjects})
    return bench, lines


class Measurements(unittest.TestCase):
    def test_the_ratio_is_the_median_of_the_turns(self):
        # A slow machine in the second turn, which slows both, changes nothing; ÷ of the medians would be 1.
        one = Measurement("drain", "rate", "/s", [100, 10, 50], reference="wrk", beside=[200, 20, 50])
        self.assertEqual(one.median, 50)
        self.assertEqual(one.ratio, 0.5)

    def test_verdicts(self):
        rows = [("more", 0.50, ""), ("more", 0.45, "short"), ("more", 0.42, "short"), ("more", 0.41, "MISSED"),
                ("less", 0.42, ""), ("less", 0.45, "short"), ("less", 0.50, "short"), ("less", 0.51, "MISSED")]
        for better, figure, verdict in rows:
            aim, least = (0.50, 0.42) if better == "more" else (0.42, 0.50)
            with self.subTest(better=better, figure=figure):
                self.assertEqual(Measurement("s", "n", "", [figure], better, aim=aim, least=least).verdict, verdict)
                self.assertEqual(Measurement("s", "n", "", [figure * 8], better, "r", [8], aim, least).verdict, verdict)

    def test_an_aim_alone_is_never_missed(self):
        self.assertEqual(Measurement("s", "n", "", [0.01], aim=1).verdict, "short")
        self.assertEqual(Measurement("s", "n", "", [0.01]).verdict, "")

    def test_a_row_tells_both_figures_their_ratio_and_its_bounds(self):
        row = Measurement("drain", "deliveries/s", "/s", [17_204], reference="wrk", beside=[61_000], aim=0.5, least=0.42).row()
        self.assertEqual(row.split(), ["deliveries/s", "17,204", "/s", "wrk", "61,000", "0.28", "≥", "0.50", "(0.42)", "MISSED"])

    def test_numbers_keep_what_they_mean(self):
        self.assertEqual([short(number) for number in (0, 0.0123, 0.5, 12.34, 123.4, 61_234)], ["0", "0.012", "0.50", "12.3", "123", "61,234"])


class Runs(unittest.TestCase):
    def test_turns_alternate(self):
        done = []

        def subject(bench):
            """s"""
            bench.in_turns(ours=lambda: done.append("ours"), wrk=lambda: done.append("wrk"))

        measured(subject)
        self.assertEqual(done, ["ours", "wrk"] * 3)
        done.clear()
        measured(subject, quick=True)
        self.assertEqual(done, ["ours", "wrk"])

    def test_exit_codes(self):
        def reached(bench):
            """r"""
            bench.figure("a", 1, "", aim=1, least=1)
            bench.figure("b", 1, "", aim=2)

        def missed(bench):
            """m"""
            bench.compare("c", [1, 1, 1], "wrk", [2, 2, 2], "/s", aim=1, least=0.6)

        def broken(bench):
            """b"""
            raise AssertionError("not all were delivered")

        for subjects, code in (((reached,), 0), ((missed,), 1), ((broken,), 1), ((broken, reached), 1)):
            with self.subTest(subjects=subjects):
                bench, _ = measured(*subjects)
                self.assertEqual(bench.conclude(), code)
        bench, lines = measured(broken, missed, reached)
        bench.conclude()
        self.assertEqual(len(bench.measurements), 3, "what fails keeps no other from being measured")
        told = "\n".join(lines)
        self.assertIn("below the least: missed: c ÷ wrk: 0.50, aim 1.00, least 0.60", told)
        self.assertIn("short of the aim: reached: b: 1.00", told)
        self.assertIn("failed: broken: AssertionError: not all were delivered", told)

    def test_what_was_not_measured_is_a_failure_and_no_ratio(self):
        for beside in ([2, 0, 2], [2, 2]):
            def subject(bench):
                """s"""
                bench.compare("c", [1, 1, 1], "wrk", beside, "/s")

            with self.subTest(beside=beside):
                bench, _ = measured(subject)
                self.assertEqual((bench.measurements, list(bench.failed), bench.exit_code), ([], ["subject"], 1))

    def test_the_document_has_all_of_it(self):
        def drain(bench):
            """d"""
            bench.compare("rate", [1, 2, 3], "wrk", [2, 4, 6], "/s", aim=0.6, least=0.4)

        bench, _ = measured(drain)
        bench.skip("scale", "too large")
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "build" / "bench.json"
            bench.write(file, {"cores": 2})
            document = json.loads(file.read_text(encoding="utf-8"))
            self.assertEqual([each.name for each in file.parent.iterdir()], ["bench.json"])
        self.assertEqual(document, {
            "machine": {"cores": 2}, "quick": False, "skipped": {"scale": "too large"}, "failed": {},
            "measurements": [{"subject": "drain", "name": "rate", "unit": "/s", "values": [1, 2, 3], "better": "more", "reference": "wrk",
                              "beside": [2, 4, 6], "aim": 0.6, "least": 0.4, "median": 2, "ratio": 0.5, "besideMedian": 4, "verdict": "short"}]})

    def test_an_unknown_subject_is_a_usage_error_that_names_those_there_are(self):
        done = subprocess.run([sys.executable, BENCH / "bench.py", "drain", "dranes"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("no such subject: dranes; there are drain, endpoints,", done.stderr)


if __name__ == "__main__":
    unittest.main()
