"""What stands against bugs in handling memory (hardening.cmake), looked for in the program itself: the
compiler and the linker leave marks of all of it in the ELF file."""

import platform
import struct
import unittest

from hooks import BINARY

PT_DYNAMIC, PT_NOTE_PROPERTY, PT_GNU_STACK, PT_GNU_RELRO = 2, 0x6474E553, 0x6474E551, 0x6474E552
ET_DYN = 3
PF_X = 1
DT_STRTAB, DT_SYMTAB, DT_SYMENT, DT_FLAGS, DT_FLAGS_1 = 5, 6, 11, 30, 0x6FFFFFFB
DF_BIND_NOW, DF_1_NOW, DF_1_PIE = 8, 1, 0x08000000
SHT_DYNSYM = 11
X86_FEATURES, SHSTK = 0xC0000002, 2
ENDBR64 = bytes.fromhex("f30f1efa")
# How gcc touches each page of a large frame: orq $0, (%rsp).
PROBE = bytes.fromhex("48830c2400")


class Elf:
    """As much of a 64-bit little-endian ELF file as the tests ask about."""

    def __init__(self, data):
        self.data = data
        self.type, = struct.unpack_from("<H", data, 16)
        at, sections = struct.unpack_from("<QQ", data, 32)
        size, count, section_size, section_count, names = struct.unpack_from("<HHHHH", data, 54)
        self.segments = [struct.unpack_from("<IIQQQQQQ", data, at + i * size) for i in range(count)]
        self.sections = [struct.unpack_from("<IIQQQQIIQQ", data, sections + i * section_size) for i in range(section_count)]
        self.names = self.sections[names]

    def segment(self, kind):
        return next((s for s in self.segments if s[0] == kind), None)

    def text_at(self, table, offset):
        begin = table[4] + offset
        return self.data[begin:self.data.index(b"\0", begin)].decode()

    def section(self, name):
        found = next(s for s in self.sections if self.text_at(self.names, s[0]) == name)
        return self.data[found[4]:found[4] + found[5]]

    def dynamic(self):
        _, _, offset, _, _, size, *_ = self.segment(PT_DYNAMIC)
        return dict(struct.unpack_from("<qQ", self.data, offset + i) for i in range(0, size, 16))

    def imports(self):
        """The names of what other libraries give."""
        table = next(s for s in self.sections if s[1] == SHT_DYNSYM)
        strings = self.sections[table[6]]
        names = set()
        for at in range(table[4], table[4] + table[5], 24):
            name, _, _, section = struct.unpack_from("<IBBH", self.data, at)
            if section == 0:
                names.add(self.text_at(strings, name))
        return names

    def x86_features(self):
        note = self.segment(PT_NOTE_PROPERTY)
        if note is None:
            return 0
        at, end = note[2] + 16, note[2] + note[5]  # after the note's head and its name "GNU"
        while at < end:
            kind, size = struct.unpack_from("<II", self.data, at)
            if kind == X86_FEATURES:
                return struct.unpack_from("<I", self.data, at + 8)[0]
            at += 8 + (size + 7) // 8 * 8
        return 0


class Hardening(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.elf = Elf(BINARY.read_bytes())
        cls.imports = cls.elf.imports()
        if any("__asan_" in name or "__tsan_" in name or "__ubsan_" in name for name in cls.imports):
            raise unittest.SkipTest("built with sanitizers, which take the place of this")

    def test_the_program_is_placed_anywhere_in_memory(self):
        self.assertEqual(self.elf.type, ET_DYN)
        self.assertTrue(self.elf.dynamic()[DT_FLAGS_1] & DF_1_PIE)

    def test_what_the_loader_fills_in_is_read_only_afterwards(self):
        self.assertIsNotNone(self.elf.segment(PT_GNU_RELRO))
        self.assertTrue(self.elf.dynamic().get(DT_FLAGS, 0) & DF_BIND_NOW)
        self.assertTrue(self.elf.dynamic().get(DT_FLAGS_1, 0) & DF_1_NOW)

    def test_the_stack_cannot_be_run(self):
        self.assertFalse(self.elf.segment(PT_GNU_STACK)[1] & PF_X)

    def test_no_segment_can_be_written_and_run(self):
        for segment in self.elf.segments:
            self.assertNotEqual(segment[1] & 3, 3, segment)

    def test_overwritten_stacks_are_noticed(self):
        self.assertIn("__stack_chk_fail", self.imports)

    def test_calls_of_the_c_library_check_their_buffers(self):
        self.assertTrue([name for name in self.imports if name.startswith("__") and name.endswith("_chk")])

    def test_the_c_plus_plus_library_checks_its_indices(self):
        self.assertTrue(any("__glibcxx_assert_fail" in name for name in self.imports))

    @unittest.skipUnless(platform.machine() == "x86_64", "of this processor only")
    def test_returns_and_indirect_jumps_are_guarded(self):
        self.assertTrue(self.elf.x86_features() & SHSTK)
        # Every function begins with a landing pad; there are thousands of them.
        self.assertGreater(self.elf.section(".text").count(ENDBR64), 1000)

    @unittest.skipUnless(platform.machine() == "x86_64", "of this processor only")
    def test_no_frame_jumps_over_the_page_that_guards_the_stack(self):
        self.assertIn(PROBE, self.elf.section(".text"))


if __name__ == "__main__":
    unittest.main()
