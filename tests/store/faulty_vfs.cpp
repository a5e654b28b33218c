#include "tests/store/faulty_vfs.h"

#include <new>
#include <string>

#include <sqlite3.h>

namespace thig {

namespace {

FileFault current_fault;
sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs faulty_vfs;

// What SQLite holds for an open file; the real one lies right behind it.
struct File {
  sqlite3_file base;
  std::string* name;
};

sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
}

int decide(FileCall call, sqlite3_file* file) {
  return current_fault(call, *reinterpret_cast<File*>(file)->name);
}

int close(sqlite3_file* file) {
  delete reinterpret_cast<File*>(file)->name;
  return real(file)->pMethods->xClose(real(file));
}
int read(sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
  return real(file)->pMethods->xRead(real(file), into, size, at);
}
int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  const int code = decide(FileCall::write, file);
  return code != SQLITE_OK ? code : real(file)->pMethods->xWrite(real(file), from, size, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int code = decide(FileCall::truncate, file);
  return code != SQLITE_OK ? code : real(file)->pMethods->xTruncate(real(file), size);
}
int sync(sqlite3_file* file, int flags) {
  const int code = decide(FileCall::sync, file);
  return code != SQLITE_OK ? code : real(file)->pMethods->xSync(real(file), flags);
}
int size(sqlite3_file* file, sqlite3_int64* answer) {
  return real(file)->pMethods->xFileSize(real(file), answer);
}
int lock(sqlite3_file* file, int level) {
  return real(file)->pMethods->xLock(real(file), level);
}
int unlock(sqlite3_file* file, int level) {
  return real(file)->pMethods->xUnlock(real(file), level);
}
int check_reserved(sqlite3_file* file, int* answer) {
  return real(file)->pMethods->xCheckReservedLock(real(file), answer);
}
int control(sqlite3_file* file, int op, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), op, argument);
}
int sector(sqlite3_file* file) {
  return real(file)->pMethods->xSectorSize(real(file));
}
int characteristics(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int shm_map(sqlite3_file* file, int page, int bytes, int extend, void volatile** answer) {
  return real(file)->pMethods->xShmMap(real(file), page, bytes, extend, answer);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
  real(file)->pMethods->xShmBarrier(real(file));
}
int shm_unmap(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

constexpr sqlite3_io_methods kMethods = {
    2,         close,          read,    write,  truncate,        sync,    size,     lock,
    unlock,    check_reserved, control, sector, characteristics, shm_map, shm_lock, shm_barrier,
    shm_unmap, nullptr,        nullptr};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = real_vfs->xOpen(real_vfs, name, real(file), flags, out_flags);
  file->pMethods = nullptr;
  if (code != SQLITE_OK) return code;
  reinterpret_cast<File*>(file)->name = new std::string(name == nullptr ? "" : name);
  file->pMethods = &kMethods;
  return code;
}

}  // namespace

FaultyVfs::FaultyVfs(FileFault fault) {
  current_fault = std::move(fault);
  real_vfs = sqlite3_vfs_find(nullptr);
  faulty_vfs = *real_vfs;
  faulty_vfs.szOsFile += static_cast<int>(sizeof(File));
  faulty_vfs.pNext = nullptr;
  faulty_vfs.zName = "faulty";
  faulty_vfs.xOpen = open;
  sqlite3_vfs_register(&faulty_vfs, 1);
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&faulty_vfs);
  sqlite3_vfs_register(real_vfs, 1);
}

}  // namespace thig
