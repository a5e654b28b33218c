// The settings of an outgoing webhook as flags: for adding one, and for trying a URL.
#pragma once

#include "cli/flags.h"
#include "core/model/endpoint.h"

#include <optional>

namespace thig {

// --signature (nothing if it is not given) and --signature-header.
void declare_signing(Flags& flags, std::optional<SignatureMode>& mode, Endpoint& settings);
// --header.
void declare_headers(Flags& flags, Endpoint& settings);
// --timeout.
void declare_timeout(Flags& flags, std::optional<Millis>& timeout);
// --retry, --max-in-flight and --rate.
void declare_pace(Flags& flags, Endpoint& settings);
// --allow-private, --ca-file, --client-cert and --client-key.
void declare_network(Flags& flags, Endpoint& settings);

// Checks the files that are named, and makes their paths absolute: `run` has another working
// directory.
Status check_files(Endpoint& settings);

}  // namespace thig
