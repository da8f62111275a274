// A target that exists for its precompiled header alone needs a source.
