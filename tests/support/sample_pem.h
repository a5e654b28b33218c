// Certificates and keys for tests of the files that hold them; no use for anything else.
#pragma once

#include <string_view>

namespace thig {

// Self-signed, until 2126.
inline constexpr std::string_view sample_certificate = R"(-----BEGIN CERTIFICATE-----
MIIBbzCCARWgAwIBAgIUM+8yL7gTW+aeRhQfJNdLcMMql6wwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBYTAgFw0yNjExMjgxODQ4MzBaGA8yMTI2MTEwNDE4NDgzMFow
DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPM/QdHK2K0r
0yQaBLc5rrAppykWyO5DZc/8M9dgCf5tjbyENI2gVNBkT2GvEK2SiHeK07+TxaIp
iysaRxLbZoajUzBRMB0GA1UdDgQWBBSmJbBwZX6DGpbYvLrAY5n+38fi6zAfBgNV
HSMEGDAWgBSmJbBwZX6DGpbYvLrAY5n+38fi6zAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCIEwP53geSXOGGnnjF51oJT1+pAR0sDCWESmWW6EX1odw
AiEA3MGy6ffz9agUbi+WF2Jy8DHPRN8E0otrTB5QPtLhBv0=
-----END CERTIFICATE-----
)";

// Its key; and the same encrypted under a pass phrase, in the two forms there are.
inline constexpr std::string_view sample_key = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEl2CKGDJvJMMuCXW
G+onBFmDjYFSsxezYHjoqnQLCeGhRANCAATzP0HRytitK9MkGgS3Oa6wKacpFsju
Q2XP/DPXYAn+bY28hDSNoFTQZE9hrxCtkoh3itO/k8WiKYsrGkcS22aG
-----END PRIVATE KEY-----
)";

inline constexpr std::string_view sample_key_encrypted = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiCJf41erNK/AICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEECEuczfpzQsdst6QVMYdwVEEgZD1
UG9+O/w1r4vtuzZy0KofqcgdfYEHyDPGQLwUJFLbtoOjTp6P2i1UAnSPFUDG8N+d
w3rNleLTkLv06KwE0nLjTiO5sAEYJx5uzqOHFuZI1kbpSFTpbx/ND9buLVLzuMVh
nKRUwHVjzy19fFOCszSW47BiSP3cl4JkMwg/lJprSBwMYfxCSJG3NqjKdHui+rc=
-----END ENCRYPTED PRIVATE KEY-----
)";

inline constexpr std::string_view sample_key_encrypted_old = R"(-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,BA677A1AF3C05B060A07E26F40BBF62C

j3oFZdFAfqFExsaofcZbwxQCcejAHwdNhABKildCU0c2juB4taR9nq0T5XY08XgA
Pl0lN/Wl/09KGNBar41UgU+WX+q4QImlC2fe5MRLyCcdMl95KSDL1VwzL6PPIABY
TGc2ZmH/64XkpIdhjhONeeqxQYqs75vV4iE2f3VjHEU=
-----END EC PRIVATE KEY-----
)";

// The key of another certificate.
inline constexpr std::string_view other_key = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrDxUCrSqiijDz/Vv
JDZsi+i45ugzfbABTGJ3RJlAKHuhRANCAATUfMhczoDF9Tyr3Pnx0sUDQG+WuuaV
wULYWUreZmCb0N8eSHjIUwNaJY/oR5rYLzggBcgUJR/Ej1kbRiQqx7/L
-----END PRIVATE KEY-----
)";

}  // namespace thig
