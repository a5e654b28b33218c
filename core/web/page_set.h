// The pages as the service knows them, and in which form a problem is told: as a page to people, as
// a document to programs. The pages themselves are core/web/pages.
#pragma once

#include "core/net/http_server.h"
#include "core/web/call.h"
#include "core/web/problem.h"
#include "core/web/route.h"

#include <span>
#include <string>
#include <string_view>

namespace thig {

struct PageSet {
  std::span<const Route> routes{};
  // A problem as a page, for this request and whoever sent it.
  HttpResponse (*problem)(const Problem& problem, const HttpRequest& request, const Caller& caller,
                          std::string_view base) = nullptr;
  // What errors and remarks name, on pages.
  const Wording* wording = nullptr;
};

// A request that may come in, or one that was refused, as far as it is known.
struct Admitted {
  const Route* route = nullptr;  // null: there is no such path
  std::vector<std::string> path{};
  bool page = false;
  Caller caller{};
};

// Everything that can be asked for, below one path.
class Surface {
 public:
  // `base`: before all paths, as a proxy may pass it on or not: "/hooks"; empty for none.
  Surface(PageSet pages, std::string base) : pages_(pages), base_(std::move(base)) {}

  // What is asked for; without a route, but with the methods that there are, if nothing is.
  struct Found {
    Match match;
    bool page = false;
  };
  Found find(std::string_view method, std::string_view target) const;
  HttpResponse tell(const Problem& problem, const HttpRequest& request,
                    const Admitted& admitted) const;
  // What errors and remarks name where this is asked for.
  const Wording& wording(const Admitted& admitted) const;

 private:
  const PageSet pages_;
  const std::string base_;
};

}  // namespace thig
