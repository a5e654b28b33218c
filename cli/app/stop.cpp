#include "cli/app/stop.h"

#include <cerrno>
#include <csignal>
#include <thread>

#include <unistd.h>

namespace thig {
namespace {

std::atomic<Stop*> stopped_by_signals{nullptr};

extern "C" void on_stop_signal(int signal) {
  const int saved = errno;
  Stop* stop = stopped_by_signals;
  // A terminal that is closed says so more than once: by itself and by its shell.
  if (stop->requested() && signal != SIGHUP) _exit(128 + signal);
  stop->request(signal);
  errno = saved;
}

}  // namespace

void Stop::request(int signal) noexcept {
  int none = 0;
  signal_.compare_exchange_strong(none, signal);
  flag_ = true;
  ++calling_;
  if (const auto call = call_.load()) call(argument_);
  --calling_;
}

Stop::Listener::Listener(Stop& stop, void (*call)(void*) noexcept, void* argument) noexcept
    : stop_(stop) {
  stop_.argument_ = argument;
  stop_.call_ = call;
  if (stop_.requested()) call(argument);
}

Stop::Listener::Listener(Stop& stop, Waker& waker) noexcept
    : Listener(
          stop, [](void* sleeper) noexcept { static_cast<Waker*>(sleeper)->wake(); }, &waker) {}

Stop::Listener::~Listener() {
  stop_.call_ = nullptr;
  // A handler on another thread may be inside the call: what it calls must outlive that.
  while (stop_.calling_ > 0) std::this_thread::yield();
}

void stop_on_signals(Stop& stop) {
  stopped_by_signals = &stop;
  struct sigaction action {};
  action.sa_handler = on_stop_signal;  // without SA_RESTART: a blocking read shall end
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction hangup {};
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace thig
