// Fuzzes field tables: what is found good can be walked over, printed and copied, with all of its bytes.
#include "base/assert.hpp"
#include "protocols/amqp/wire/printer.hpp"
#include "protocols/amqp/wire/table_writer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir::amqp;
    const Table table(weir::ByteView{data, size});
    (void)print(table);  // of bad bytes, too: it ends where they do
    if (check_table(table.bytes()) != nullptr) return 0;
    TableWriter copy;
    for (const auto& field : table) copy.add(field.name, field.value);
    ASSERT(std::ranges::equal(copy.table().bytes(), table.bytes()));
    return 0;
}
