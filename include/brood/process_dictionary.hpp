// A process's own table of named values, for what would be a global variable elsewhere. Only its process may touch it.
//
// Values are of any movable type and are read back with the type they were put with; "text" is kept as std::string.
// OTP: erlang:put/2, get/1, erase/1
//
//     dictionary().put("trace", 3);
//     if (const int* level = dictionary().get_if<int>("trace"))
//       send(parent, *level);
#pragma once

#include <brood/detail/compiler.hpp>
#include <brood/detail/type_identity.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] brood {

class process_dictionary {
 public:
  // A value of any type, or none. Move-only.
  class value {
   public:
    value() noexcept = default;
    template <class V>
      requires(!std::same_as<std::remove_cvref_t<V>, value>)
    explicit value(V&& v) : held_(std::make_unique<typed<kept<V>>>(std::forward<V>(v))) {}

    explicit operator bool() const noexcept { return held_ != nullptr; }
    // Null if there is none, or one of another type.
    template <class T>
    T* get_if() const noexcept {
      const bool is_one = held_ && detail::same_type(held_->type(), detail::identity_of<T>::value);
      return is_one ? std::addressof(static_cast<typed<T>&>(*held_).v) : nullptr;
    }

   private:
    template <class V>
    using kept = std::conditional_t<std::is_pointer_v<std::decay_t<V>> && std::is_convertible_v<V, std::string_view>, std::string,
                                    std::decay_t<V>>;
    struct holder {
      virtual ~holder() = default;
      virtual const detail::type_identity& type() const noexcept = 0;
    };
    template <class T>
    struct typed final : holder {
      template <class V>
      explicit typed(V&& value) : v(std::forward<V>(value)) {}
      const detail::type_identity& type() const noexcept override { return detail::identity_of<T>::value; }
      T v;
    };
    std::unique_ptr<holder> held_;
  };

  // Stores the value under the key; returns the value that was there before.
  template <class V>
  value put(std::string key, V&& v) {
    value fresh(std::forward<V>(v));
    return std::exchange(entries_[std::move(key)], std::move(fresh));
  }

  // The value under the key, if it is a T; else null. Valid until that key is put or erased.
  template <class T>
  T* get_if(std::string_view key) const noexcept {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : found->second.template get_if<T>();
  }

  // Forgets the key. False: nothing was there.
  bool erase(std::string_view key);

  // All keys, sorted; with an argument, those under which this value is. OTP: erlang:get_keys/0,1
  std::vector<std::string> keys() const;
  template <std::equality_comparable T>
  std::vector<std::string> keys(const T& wanted) const {
    std::vector<std::string> found;
    for (const auto& [key, held] : entries_)
      if (const T* v = held.template get_if<T>(); v && *v == wanted)
        found.push_back(key);
    return found;
  }

  std::size_t size() const noexcept { return entries_.size(); }

 private:
  std::map<std::string, value, std::less<>> entries_;
};

}  // namespace brood
