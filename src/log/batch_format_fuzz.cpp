// Fuzzes the batch validator: any bytes are judged, none harm.
#include "log/batch_format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::Bytes bytes{data, data + size};
    if (weir::log::validate(bytes)) weir::log::set_log_append_time(bytes, 5);
    return 0;
}
