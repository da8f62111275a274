// What a scheduler queues. It knows nothing of processes.
//
// A queue entry is a hint, not ownership: what decides who runs a process is the `queued` bit of its inbox word, which exactly one
// worker claims (mailbox/inbox_word.hpp). So an entry may be seen twice, by a thief and by a rescuer say, and the later one finds
// nothing to claim. That is what lets a rescuer read another worker's slot without a lock.
#pragma once

namespace brood::detail {

struct runnable {};

}  // namespace brood::detail
