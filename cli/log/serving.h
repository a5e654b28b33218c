// From the moment that a service listens until it is told to stop.
#pragma once

#include "cli/app/context.h"
#include "cli/app/exit_code.h"
#include "cli/app/stop.h"
#include "cli/log/background_log.h"
#include "cli/log/serving_log.h"

#include <memory>
#include <string>
#include <string_view>

namespace thig {

// What is said once it listens.
struct Announcement {
  std::string_view service;  // "admin" or "incoming"
  std::string url;
  std::string note;  // what to know
};
// On standard output: at which URL; beside it, the note.
void announce_service(Context& context, const Announcement& announcement);
// Beside it, at the end: how much there was to do.
void tell_end_of_service(Context& context, const ServingLog& log);

// Serves until the command is told to stop; ends with what the service ends with. Its log is
// written in the background.
template <class Service>
Result<ExitCode> serve_until_stopped(Context& context, std::unique_ptr<Service> service,
                                     const ServingLog& log, const Announcement& announcement) {
  THIG_TRY(log_in_background(context, LogIs::record));
  announce_service(context, announcement);
  context.supervisor().ready();
  Status served;
  {
    const Stop::Listener listener(
        context.stop(), [](void* s) noexcept { static_cast<Service*>(s)->stop(); }, service.get());
    served = service->run();
  }
  context.supervisor().stopping();
  service.reset();
  const Status logged = end_log(context, LogIs::record);
  THIG_TRY(served);
  THIG_TRY(logged);
  tell_end_of_service(context, log);
  return ExitCode::done;
}

}  // namespace thig
