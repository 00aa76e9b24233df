// Result<T>: a value or an Error. Expected failures travel in it; nobody may drop one unseen.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>

#include "base/error.hpp"

namespace weir {

template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
  public:
    using boost::system::result<T, Error>::result;
};

// Called by value() on an error: a caller that did not look first is a bug, and shows as an exception.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw std::logic_error("value() of a failed Result: " + error.message);
}

}  // namespace weir
