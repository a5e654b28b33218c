// thig-hooks-json(7): the keys of every command's --json, made from the schemas of the documents.
#pragma once

#include "cli/help/man_pages.h"

namespace thig {

ManPage json_page();

}  // namespace thig
