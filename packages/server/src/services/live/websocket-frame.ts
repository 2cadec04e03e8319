/** Unmasked, unfragmented server frames (RFC 6455 §5.2), built once and written to many sockets. */

const firstByte = { text: 0x81, binary: 0x82 } as const;

export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = withHeader(firstByte.text, length);
  frame.write(text, frame.length - length, 'utf8');
  return frame;
}

export function binaryFrame(payload: Uint8Array): Buffer {
  const frame = withHeader(firstByte.binary, payload.length);
  frame.set(payload, frame.length - payload.length);
  return frame;
}

function withHeader(first: number, length: number): Buffer {
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerBytes + length);
  frame[0] = first;
  if (length < 126) frame[1] = length;
  else if (length < 65_536) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  return frame;
}
