"""What the figures were measured on, and what processes took of it."""

import os
import pathlib
import platform
import re
import subprocess
import time


def facts(program, folder):
    cpu = re.search(r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    version = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    return {"cpu": cpu[1] if cpu else platform.machine(), "cores": len(os.sched_getaffinity(0)), "kernel": platform.release(),
            "program": version, "fsyncMs": round(sync_ms(folder), 3), "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "loadBefore": os.getloadavg()[0]}


def sync_ms(folder, size=1 << 16, times=200):
    """The mean of writing so many bytes over old ones, as a log that is begun again does, and waiting until they are on the disk."""
    file = pathlib.Path(folder) / "sync"
    with open(file, "wb", buffering=0) as out:
        out.write(bytes(size * times))
        os.fsync(out.fileno())
        start = time.perf_counter()
        for number in range(times):
            os.pwrite(out.fileno(), b"x" * size, number * size)
            os.fdatasync(out.fileno())
        took = time.perf_counter() - start
    file.unlink()
    return took / times * 1000


def cpu_seconds(pid):
    """Processor time of the process, and of those it has started that have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def thread_seconds(pid):
    """{(thread id, name): processor time in s} of the threads that there are now."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
        try:
            found[int(task.name), (task / "comm").read_text().strip()] = int((task / "schedstat").read_text().split()[0]) / 1e9
        except (OSError, ValueError):
            pass  # it has ended
    return found


def voluntary_switches(pid):
    total = 0
    for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status.read_text(), re.M)[1])
    return total


def children(pid):
    return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class BusyShares:
    """Looks at a process as it works, and at those that work for it. What else the machine does counts for nothing here."""

    def __init__(self, pid, others):
        self.pid, self.others = pid, others
        self.first = self.last = None

    def look(self):
        threads = thread_seconds(self.pid)
        # A process that has ended but was not waited for has one thread without a past.
        if self.first and len(threads) < len(self.first[1]):
            return
        moment = (time.monotonic(), threads, sum(sum(thread_seconds(other).values()) for other in self.others))
        if not self.first or len(threads) > len(self.first[1]):
            self.first = moment  # threads that came later count from there
        self.last = moment

    def shares(self):
        """By thread name, the busiest of that name; and of all cores, by all these together."""
        (start, before, others), (end, after, others_after) = self.first, self.last
        took = max(end - start, 1e-9)
        shares, spent = {}, others_after - others
        for thread, seconds in after.items():
            used = seconds - before.get(thread, 0)
            spent += used
            shares[thread[1]] = max(shares.get(thread[1], 0), used / took)
        return shares, spent / took / len(os.sched_getaffinity(0))
