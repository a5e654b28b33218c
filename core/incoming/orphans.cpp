#include "core/incoming/orphans.h"

#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include <unistd.h>

namespace thig {
namespace {

constexpr std::string_view mark = "HOOK_REQUEST_ID=";
constexpr std::size_t longest_environment = 128u << 10;
constexpr int looks = 100;
constexpr Millis between_looks{10};

// The request that a process was started for; nothing for most processes. The environment of those
// that are none of ours to see cannot be read, that of one that has ended is empty.
std::optional<RequestId> request_of(const std::filesystem::path& process) {
  std::ifstream file(process / "environ", std::ios::binary);
  std::string environment(longest_environment, '\0');
  file.read(environment.data(), static_cast<std::streamsize>(environment.size()));
  environment.resize(static_cast<std::size_t>(file.gcount()));
  for (std::string_view rest = environment; !rest.empty();) {
    const std::string_view variable = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(rest.size(), variable.size() + 1));
    if (variable.starts_with(mark)) return parse_request_id(variable.substr(mark.size()));
  }
  return std::nullopt;
}

// The process groups of commands, by their requests; our own is none of them.
std::map<RequestId, std::set<pid_t>> groups_by_request() {
  std::map<RequestId, std::set<pid_t>> groups;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator("/proc", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename();
    pid_t process = 0;
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (wrong != std::errc() || end != name.data() + name.size()) continue;
    const auto request = request_of(entry->path());
    const pid_t group = request ? getpgid(process) : -1;
    if (group > 1 && group != getpgrp()) groups[*request].insert(group);
  }
  return groups;
}

Result<bool> is_pending(IncomingRequestStore& requests, RequestId id) {
  const auto request = requests.one(id);
  if (request) return request->state == RequestState::pending;
  if (request.error().code == ErrorCode::not_found) return false;  // of another database
  return std::unexpected(request.error());
}

}  // namespace

Result<bool> end_orphans(IncomingRequestStore& requests) {
  for (int look = 0; look < looks; ++look) {
    if (look > 0) std::this_thread::sleep_for(between_looks);
    bool found = false;
    for (const auto& [request, groups] : groups_by_request()) {
      THIG_TRY_ASSIGN(pending, is_pending(requests, request));
      if (!pending) continue;
      found = true;
      for (const pid_t group : groups) kill(-group, SIGKILL);
    }
    if (!found) return true;
  }
  return false;
}

}  // namespace thig
