"""What the scripts that write golden files share: the checksum, bit by bit, and the hexadecimal text."""


def crc32c(data, seed=0):
    value = ~seed & 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return ~value & 0xFFFFFFFF


def write(name, what, data):
    digits = data.hex()
    lines = [digits[at : at + 96] for at in range(0, len(digits), 96)]
    with open(name + ".hex", "w", encoding="ascii") as file:
        file.write(f"# {what} Written by make_files.py.\n" + "\n".join(lines) + "\n")
