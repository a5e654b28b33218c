// Where a document goes that is too long to be held as a whole.
#pragma once

#include <functional>
#include <string_view>

namespace thig {

// Called with one part after the other; they make up the document.
using DocumentSink = std::function<void(std::string_view part)>;

}  // namespace thig
