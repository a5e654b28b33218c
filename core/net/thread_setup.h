// What every thread of this module does first.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace thig {

// Names the thread for `top` and `gdb` (at most 15 characters), and leaves signals to the main
// thread, where the program's handlers expect them.
inline void prepare_thread(const char* name) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), name);
}

}  // namespace thig
