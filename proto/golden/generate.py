#!/usr/bin/env python3
"""Writes proto/golden/*.json: bytes of the board link and what they mean.

Written from docs/link-protocol.md and proto/board.proto alone, with Python's standard library: the stuffing, the checksum, the
frames and the wire encoding of protobuf are its own and share nothing with src/link or firmware-sim.

    python3 proto/golden/generate.py            writes the files beside this one
    python3 proto/golden/generate.py --check    exit code 1 where a file differs from what would be written
"""
import hashlib
import json
import math
import re
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


# ---- Bytes -------------------------------------------------------------------------------------------------------------

def crc32(data):
    """CRC-32/ISO-HDLC bit by bit: 0x04C11DB7 reflected, initial value and final xor 0xFFFFFFFF."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


assert crc32(b'123456789') == 0xCBF43926


def cobs(data):
    """Cut at each zero, then each piece into blocks of 254."""
    out = bytearray()
    pieces = bytes(data).split(b'\0')
    for k, piece in enumerate(pieces):
        last = k == len(pieces) - 1
        while len(piece) >= 254:
            out += b'\xff' + piece[:254]
            piece = piece[254:]
            # No empty block after a full one at the frame's end.
            if last and not piece:
                return bytes(out)
        out += bytes([len(piece) + 1]) + piece
    return bytes(out)


TYPES = dict(HELLO=0, HELLO_ACK=1, DATA=2, ACK=3, NAK=4, SAMPLE=5, LOG=6, RESET=7, RESET_ACK=8, FATAL=9)


def plain_frame(kind, session=0, seq=0, ack=0, credit=0, payload=b'', major=1):
    low = TYPES[kind] if isinstance(kind, str) else kind
    head = struct.pack('<BHBBB', major << 4 | low, session, seq, ack, credit) + payload
    return head + struct.pack('<I', crc32(head))


def line(plain):
    return b'\0' + cobs(plain) + b'\0'


# ---- Messages: proto/board.proto ----------------------------------------------------------------------------------------

class Proto:
    """As much of the language as the file uses."""

    def __init__(self, text):
        self.messages, self.enums = {}, {}
        text = re.sub(r'//[^\n]*', '', text)
        for kind, name, body in re.findall(r'\b(message|enum)\s+(\w+)\s*\{((?:[^{}]|\{[^{}]*\})*)\}', text):
            if kind == 'enum':
                self.enums[name] = {k: int(v) for k, v in re.findall(r'(\w+)\s*=\s*(\d+)\s*;', body)}
                continue
            oneof = dict()
            for group, inner in re.findall(r'oneof\s+(\w+)\s*\{([^{}]*)\}', body):
                for _, field, _ in re.findall(r'(\w+)\s+(\w+)\s*=\s*(\d+)\s*;', inner):
                    oneof[field] = group
            fields = {}
            for repeated, of, field, number in re.findall(r'(repeated\s+)?(\w+)\s+(\w+)\s*=\s*(\d+)\s*;', body):
                fields[camel(field)] = (int(number), of, bool(repeated), oneof.get(field))
            self.messages[name] = fields


def camel(name):
    return re.sub(r'_(\w)', lambda m: m.group(1).upper(), name)


PROTO = Proto((HERE.parent / 'board.proto').read_text(encoding='utf-8'))
USED = set()


def enum(name):
    for values in PROTO.enums.values():
        if name in values:
            return values[name]
    raise KeyError(name)


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def without_defaults(message, fields):
    """What goes over the wire: zero, false and nothing are left out, but in a list and where they say which of several it is."""
    out = {}
    for name, value in fields.items():
        _, of, repeated, group = PROTO.messages[message][name]
        if of in PROTO.messages:
            out[name] = [without_defaults(of, one) for one in value] if repeated else without_defaults(of, value)
        else:
            out[name] = value
        if repeated and not value:
            del out[name]
        elif not repeated and of not in PROTO.messages and not group and not value and repr(value) != '-0.0':
            del out[name]
    return out


def encode(message, fields, explicit=False):
    """In the order of the numbers. explicit: a default that is given is written, as an encoder may."""
    spec = PROTO.messages[message]
    if not explicit:
        fields = without_defaults(message, fields)
    out = bytearray()
    for name in sorted(fields, key=lambda name: spec[name][0]):
        number, of, repeated, _ = spec[name]
        USED.add((message, name))
        value = fields[name]
        if repeated and not value:
            continue
        if repeated and (of in PROTO.enums or of == 'uint32'):
            # Numbers are packed.
            packed = b''.join(varint(one) for one in value)
            out += varint(number << 3 | 2) + varint(len(packed)) + packed
            continue
        for one in value if repeated else [value]:
            if of in PROTO.enums or of in ('uint32', 'uint64', 'bool'):
                out += varint(number << 3) + varint(int(one))
            elif of == 'double':
                out += varint(number << 3 | 1) + struct.pack('<d', one)
            else:
                data = one if of == 'bytes' else one.encode('utf-8') if of == 'string' else encode(of, one, explicit)
                out += varint(number << 3 | 2) + varint(len(data)) + data
    return bytes(out)


def meaning(message, fields):
    """For JSON: bytes {"hex"}, 64 bits {"u64"}, doubles that JSON has not {"f64"}."""
    out = {}
    for name, value in fields.items():
        _, of, repeated, _ = PROTO.messages[message][name]
        if repeated and not value:
            continue

        def one(v):
            if of in PROTO.messages:
                return meaning(of, v)
            if of == 'bytes':
                return {'hex': v.hex()}
            if of == 'uint64':
                return {'u64': str(v)}
            return number(v) if of == 'double' else v
        out[name] = [one(v) for v in value] if repeated else one(value)
    return out


def number(value):
    if math.isfinite(value):
        return value
    return {'f64': 'NaN' if math.isnan(value) else 'Infinity' if value > 0 else '-Infinity'}


def message(name, of, note=None, explicit=False, **fields):
    if not explicit:
        fields = without_defaults(of, fields)
    vector = {'name': name, 'message': of, 'fields': meaning(of, fields), 'bytes': encode(of, fields, explicit).hex()}
    if explicit:
        vector['explicit'] = True
    if note:
        vector['note'] = note
    return vector


# ---- cobs.json ----------------------------------------------------------------------------------------------------------

def counting(length):
    return bytes(1 + k % 255 for k in range(length))


def cobs_vectors():
    plains = {
        'nothing': b'', 'the example of the page': bytes.fromhex('11220033'),
        'a zero': b'\0', 'two zeros': b'\0\0', 'a byte': b'\x11', 'a zero at the beginning': b'\0\x11',
        'a zero at the end': b'\x11\0', 'zeros at both ends': b'\0\x11\x22\0', 'ones': b'\x01\x01', 'the highest byte': b'\xff',
        '253 bytes without zero': counting(253), '254 bytes without zero': counting(254), '255 bytes without zero': counting(255),
        '508 bytes without zero': counting(254) * 2, '509 bytes without zero': counting(509),
        '253 bytes and a zero': counting(253) + b'\0', '254 bytes and a zero': counting(254) + b'\0',
        'a zero and 254 bytes': b'\0' + counting(254), '254 bytes, a zero, 254 bytes': counting(254) + b'\0' + counting(254),
        '254 bytes, a zero, a byte': counting(254) + b'\0\x01', '300 zeros': bytes(300),
    }
    bad = {
        'a block longer than the frame': '0311', 'the last block is cut off': '03112202', 'a full block that is cut off': 'ff' + counting(253).hex(),
    }
    return {
        'what': 'COBS without delimiters: plain bytes and what they are stuffed to; `bad` cannot be unstuffed',
        'vectors': [{'name': name, 'plain': plain.hex(), 'stuffed': cobs(plain).hex()} for name, plain in plains.items()],
        'bad': [{'name': name, 'stuffed': stuffed} for name, stuffed in bad.items()],
    }


# ---- frames.json, bad-frames.json ---------------------------------------------------------------------------------------

HELLO = dict(protoMajor=1, protoMinor=0, minMajor=1, hostBuild='golden 1', features=['a', 'b'], nonce=0xDEADBEEF)
HELLO_ACK = dict(
    protoMajor=1, protoMinor=0, minMajor=1, nonce=0xDEADBEEF, bootCount=3, bootNonce=0x12345678, resetReason=enum('RESET_POWER_ON'),
    firmwareBuildId='golden-board', boardSerial='G-0001', uptimeTicks=2 ** 40 + 5, tickHz=1_000_000, mtu=512, rxWindowBytes=8192,
    maxBaud=921_600, maxWatchdogMs=10_000, features=['rts-cts'])


def frame_vectors():
    def one(name, kind, mtu=512, note=None, **of):
        plain = plain_frame(kind, **of)
        low = TYPES[kind] if isinstance(kind, str) else kind
        vector = {'name': name, 'type': low, 'major': of.get('major', 1), 'session': of.get('session', 0), 'seq': of.get('seq', 0),
                  'ack': of.get('ack', 0), 'credit': of.get('credit', 0), 'payload': of.get('payload', b'').hex(), 'mtu': mtu,
                  'line': line(plain).hex()}
        if note:
            vector['note'] = note
        return vector
    request = encode('Request', dict(requestId=1, deadlineMs=3000, getClock={}))
    sample = encode('SampleBatch', dict(runId=1, count=1, data=b'\x01', scale=1.0, encoding=enum('I8')))
    log = encode('Log', dict(level=enum('LOG_WARN'), text='Überlauf', ticks=7))
    reset = encode('Reset', dict(nonce=5, cause='golden'))
    fatal = encode('Fatal', dict(code=enum('FATAL_VERSION'), text='version 2', ticks=1))
    frames = [
        one('HELLO', 'HELLO', payload=encode('Hello', HELLO)),
        one('HELLO of major 2', 'HELLO', major=2, payload=encode('Hello', {**HELLO, 'protoMajor': 2})),
        one('HELLO_ACK', 'HELLO_ACK', session=0x1234, payload=encode('HelloAck', HELLO_ACK)),
        one('HELLO_ACK of a board that has started', 'HELLO_ACK', payload=encode('HelloAck', {**HELLO_ACK, 'nonce': 0})),
        one('DATA', 'DATA', session=0x1234, seq=0, ack=0, credit=32, payload=request),
        one('DATA, every number at its highest', 'DATA', session=0xFFFF, seq=255, ack=255, credit=255, payload=b'\xff' * 8),
        one('DATA without payload', 'DATA', session=1, seq=1),
        one('ACK', 'ACK', session=0x1234, ack=17, credit=16),
        one('NAK', 'NAK', session=0x1234, ack=200, credit=0),
        one('SAMPLE', 'SAMPLE', session=0x1234, seq=9, ack=3, credit=16, payload=sample),
        one('LOG', 'LOG', session=0x1234, seq=1, ack=3, credit=16, payload=log),
        one('LOG before the first session', 'LOG', payload=log),
        one('RESET', 'RESET', session=0x1234, payload=reset),
        one('RESET_ACK', 'RESET_ACK', session=0x1234, payload=reset),
        one('FATAL', 'FATAL', session=0x1234, payload=fatal),
        one('of a type that is not known', 15, session=0x1234, payload=b'\x01\x02', note='counted and dropped'),
        one('of another major', 'DATA', major=15, session=0x1234, payload=b'\x01', note='dropped'),
        one('header of zeros', 0, major=0, note='another major, dropped'),
        one('payload of zeros', 'DATA', session=256, payload=bytes(64)),
        one('longest payload of MTU 512', 'DATA', session=7, payload=counting(512)),
        one('longest payload of MTU 512, zeros', 'DATA', session=7, payload=bytes(512)),
        one('longest payload of MTU 128', 'DATA', session=7, payload=counting(128), mtu=128),
        one('longest payload of MTU 2048', 'DATA', session=7, payload=counting(2048), mtu=2048),
        one('payload of 238 bytes', 'DATA', session=0x0101, seq=1, ack=1, credit=1, payload=counting(238), note='no zero in the header'),
        one('payload of 244 bytes, 254 with all', 'DATA', session=0x0101, seq=1, ack=1, credit=1, payload=counting(244)),
        one('payload of 245 bytes, 255 with all', 'DATA', session=0x0101, seq=1, ack=1, credit=1, payload=counting(245)),
    ]
    return {'what': 'Whole frames with their delimiters; `mtu`: that of the reader', 'vectors': frames}


def bad_frame_vectors():
    plain = plain_frame('DATA', session=0x1234, seq=1, ack=2, credit=3, payload=b'payload')
    whole = line(plain)
    flipped = bytearray(whole)
    flipped[-3] ^= 0x10
    wrong_sum = line(plain[:-4] + struct.pack('<I', crc32(plain[:-4]) ^ 1))
    big_endian = line(plain[:-4] + struct.pack('>I', crc32(plain[:-4])))
    nine = plain_frame('ACK')[:9]
    zeros = bytes(250) + counting(263)
    bad = [
        ('stuffing', 'a block goes past the end', b'\0\x05\x11\x22\0', 512),
        ('stuffing', 'the frame is cut off in a block', whole[:9] + b'\0', 512),
        ('stuffing', 'a full block that is cut off', b'\0\xff' + counting(200) + b'\0', 512),
        ('short', 'one byte', b'\0\x02\x11\0', 512),
        ('short', 'nothing but a code byte', b'\0\x01\0', 512),
        ('short', 'nine bytes, with the right sum of five of them', line(nine[:5] + struct.pack('<I', crc32(nine[:5]))), 512),
        ('checksum', 'a bit is turned over', bytes(flipped), 512),
        ('checksum', 'the checksum is off by one', wrong_sum, 512),
        ('checksum', 'the checksum is the wrong way round', big_endian, 512),
        ('checksum', 'ten zeros', line(bytes(10)), 512),
        ('too-long', 'payload of MTU + 1, stuffing longer than a frame can be', line(plain_frame('DATA', session=0x0101, seq=1, ack=1, credit=1, payload=counting(520))), 512),
        ('too-long', 'payload of MTU + 1, though its stuffing fits', line(plain_frame('DATA', session=7, payload=zeros)), 512),
        ('too-long', 'payload of 2049', line(plain_frame('DATA', session=7, payload=counting(2049))), 2048),
        ('too-long', 'ten thousand bytes without a delimiter', b'\0' + counting(255)[:250] * 40 + b'\0', 512),
    ]
    return {
        'what': 'Bad frames: each is one, dropped for `reason`, and `after` is whole all the same',
        'after': line(plain_frame('ACK', session=0x1234, ack=5, credit=16)).hex(),
        'vectors': [{'name': name, 'reason': reason, 'line': data.hex(), 'mtu': mtu} for reason, name, data, mtu in bad],
    }


# ---- messages.json ------------------------------------------------------------------------------------------------------

SHA = hashlib.sha256(b'golden').digest()


def message_vectors():
    run = dict(runId=7)
    calls = dict(
        ping=dict(payload=b'\0\x01\xff'), getDescriptor=dict(offset=448), getClock={}, getHealth={}, getFault={},
        clearFault=dict(faultId=2, operator='Ada', note='gesehen, Kühler gereinigt'), setBaud=dict(baud=921_600),
        heartbeat=dict(leaseMs=1000), reset=dict(nonce=0xFFFFFFFF, cause='asked for'), readParameters=dict(first=3),
        writeParameter=dict(name='gain', value=-0.1), selfTest={},
        uploadBegin=dict(bank=1, kind=enum('UPLOAD_PROGRAM'), n=256, total=65_288, sha256=SHA), uploadStatus=dict(uploadId=9),
        uploadChunk=dict(uploadId=9, offset=448, crc32=crc32(counting(40)), data=counting(40)),
        uploadCommit=dict(uploadId=9, sha256=SHA),
        arm=dict(runId=7, bank=1, bankCrc32=0x89ABCDEF, seed=2 ** 53 - 1, shots=1000, duration=12.5, readoutEvery=0.125, readouts=101,
                 channels=[enum('CHANNEL_STATE'), enum('CHANNEL_WORK'), enum('CHANNEL_HEAT'), enum('CHANNEL_SUPPLY')], stateEvery=10,
                 initial=enum('INITIAL_CORRUPTED'), flips=12, temperature=0.3, watchdogMs=2000, maxDurationMs=60_000),
        start=run, pause=run, resume=run, stop=run, abort=run, enterSafeState=dict(cause='Notaus am Pult'),
        readResult=dict(runId=7, offset=4096))
    requests = [message(f'{name}', 'Request', requestId=k + 1, deadlineMs=3000, **{name: body}) for k, (name, body) in enumerate(calls.items())]
    members = [name for name, (_, _, _, group) in PROTO.messages['Request'].items() if group == 'call']
    assert sorted(members) == sorted(calls), 'a call has no vector'
    requests += [
        message('arm, defaults left out', 'Request', 'spins from zero, at temperature 0, no samples', requestId=1, arm=dict(runId=1, bankCrc32=1, shots=1, duration=1.0, readouts=1)),
        message('arm, defaults written', 'Request', 'the same as a reader sees it', True, requestId=1, deadlineMs=0, arm=dict(
            runId=1, bank=0, bankCrc32=1, seed=0, shots=1, duration=1.0, readoutEvery=0.0, readouts=1, channels=[], stateEvery=0, initial=0, flips=0,
            temperature=0.0, watchdogMs=0, maxDurationMs=0)),
        message('arm, the highest seed', 'Request', requestId=0xFFFFFFFF, deadlineMs=0xFFFFFFFF, arm=dict(runId=0xFFFFFFFF, bankCrc32=0xFFFFFFFF, seed=2 ** 64 - 1)),
        message('uploadBegin, defaults written', 'Request', None, True, requestId=1, uploadBegin=dict(bank=0, kind=0, n=1, total=8, sha256=SHA)),
        message('ping without payload', 'Request', requestId=2, ping={}),
        message('no call', 'Request', 'UNIMPLEMENTED', requestId=3),
    ]
    health = dict(
        state=enum('STATE_RUNNING'), faultWord=1 << 10 | 1, ticks=2 ** 53 - 1,
        measures=[dict(name='board_c', value=41.25, low=-20.0, high=85.0), dict(name='rail_analog_v', value=float('nan'), low=4.75, high=5.25)],
        sampleBytesFree=65_536, badFrames=1, staleFrames=2, outOfOrderFrames=3)
    fault = dict(faultId=2, faultWord=1 << 8, cause='emergency stop', ticks=2 ** 32, runId=7)
    state = dict(runId=7, state=enum('STATE_RUNNING'), shotsDone=3, end=enum('RUN_NOT_ENDED'), cause='', ticks=2 ** 40, rows=2 ** 33)
    answers = dict(
        ping=dict(payload=b'\0\x01\xff'), descriptor=dict(offset=448, total=1000, sha256=SHA, data=b'{"version":1}'), clock=dict(ticks=2 ** 53 - 1), health=health,
        fault=fault, setBaud=dict(baud=921_600),
        parameters=dict(first=1, total=3, parameters=[dict(name='readoutScale', value=1 / 512, ticks=5), dict(name='gain', value=-1e300, ticks=2 ** 40)]),
        selfTest=dict(checks=[dict(name='converters', ok=True, detail='all hold'), dict(name='noise', ok=False, detail='no variance')]),
        upload=dict(uploadId=9, nextOffset=896, crc32Prefix=0xFFFFFFFF, chunk=448, total=65_288), bank=dict(bank=1, crc32=0x89ABCDEF, notes=['rounded to 12 bits', '']),
        run=state, result=dict(runId=7, offset=448, total=488, crc32=1, shots=1, end=enum('RUN_FINISHED'), data=counting(40)))
    to_host = [message(f'answer {name}', 'ToHost', response=dict(requestId=k + 1, status=0, text='', state=enum('STATE_STANDBY'), **{name: body}))
               for k, (name, body) in enumerate(answers.items())]
    members = [name for name, (_, _, _, group) in PROTO.messages['Response'].items() if group == 'answer']
    assert sorted(members) == sorted(answers), 'an answer has no vector'
    to_host += [message(f'refused: {name}', 'ToHost', response=dict(requestId=5, status=value, text=f'because {value}', state=enum('STATE_SAFE')))
                for name, value in PROTO.enums['Status'].items() if value]
    to_host += [
        message('answer of nothing but the id', 'ToHost', 'OK, in the safe state', response=dict(requestId=300)),
        message('event run', 'ToHost', event=dict(run={**state, 'state': enum('STATE_STANDBY'), 'end': enum('RUN_SAFE'), 'cause': 'the interlock is open'})),
        message('event samples', 'ToHost', event=dict(samples=dict(runId=7, ticks=2 ** 41, channels=[
            dict(channel=0, nextIndex=2 ** 53 - 1, buffered=12, droppedTotal=2 ** 33), dict(channel=enum('CHANNEL_SUPPLY'), nextIndex=5, buffered=0, droppedTotal=0), {}]))),
        message('event health', 'ToHost', event=dict(health=health)),
        message('event health of nothing', 'ToHost', event=dict(health={})),
        message('answer, defaults written', 'ToHost', None, True, response=dict(requestId=1, status=0, text='', state=0, clock=dict(ticks=0))),
        message('event fault', 'ToHost', event=dict(fault=fault)),
    ]
    other = [
        message('HELLO', 'Hello', **HELLO), message('HELLO of a later minor', 'Hello', **{**HELLO, 'protoMinor': 3}),
        message('HELLO_ACK of a later minor', 'HelloAck', **{**HELLO_ACK, 'protoMinor': 300}), message('HELLO_ACK', 'HelloAck', **HELLO_ACK),
        message('HELLO_ACK of a board that has started', 'HelloAck', **{**HELLO_ACK, 'nonce': 0, 'resetReason': enum('RESET_BROWN_OUT'), 'features': []}),
        message('FATAL', 'Fatal', code=enum('FATAL_CRASH'), text='Stapel übergelaufen', ticks=2 ** 50),
        message('RESET', 'Reset', nonce=1, cause='golden'), message('LOG', 'Log', level=enum('LOG_ERROR'), text='safe state: …', ticks=2 ** 45),
        message('LOG of nothing', 'Log'),
    ]
    request = bytes.fromhex(requests[0]['bytes'])
    unknown = [
        {'name': 'a field that is not known, a number', 'message': 'Request', 'same': requests[0]['name'], 'bytes': (request + varint(1000 << 3) + varint(5)).hex()},
        {'name': 'a field that is not known, bytes', 'message': 'Request', 'same': requests[0]['name'], 'bytes': (varint(1001 << 3 | 2) + b'\x03abc' + request).hex()},
        {'name': 'fields that are not known, 32 and 64 bits', 'message': 'Request', 'same': requests[0]['name'],
         'bytes': (request + varint(1002 << 3 | 5) + b'\1\2\3\4' + varint(1003 << 3 | 1) + bytes(8)).hex()},
    ]
    unreadable = [
        {'name': 'a field that ends after its tag', 'bytes': '08'}, {'name': 'bytes that go past the end', 'bytes': '5205aa'},
        {'name': 'a number of eleven bytes', 'bytes': '08' + 'ff' * 10 + '01'}, {'name': 'wire type 7', 'bytes': '0f'},
    ]
    return {
        'what': 'Messages: `fields` are just those that are on the wire, without defaults but where `explicit` says so. {"hex"}: bytes, {"u64"}: 64 bits, {"f64"}: no number of JSON',
        'vectors': requests + to_host + other, 'unknown': unknown, 'unreadable': unreadable,
    }


# ---- samples.json -------------------------------------------------------------------------------------------------------

def pack(encoding, codes):
    if encoding == 'F32':
        return b''.join(struct.pack('<f', code) for code in codes)
    width = dict(BITS=1, I8=8, I16=16, I12P=12)[encoding]
    bits = 0
    for k, code in enumerate(codes):
        bits |= (int(code > 0) if encoding == 'BITS' else code & (1 << width) - 1) << width * k
    return bits.to_bytes((width * len(codes) + 7) // 8, 'little')


def sample_vectors():
    def f32(value):
        return struct.unpack('<f', struct.pack('<f', value))[0]
    signs = [1, -1, -1, 1, 1, 1, -1, -1, 1, -1, 1]
    of = [
        # name, encoding, channel, width, codes, scale, first, flags, dropped
        ('BITS, 11 sites', 'BITS', 'CHANNEL_STATE', 11, signs, 1.0, 0, 0, 0),
        ('BITS, 3 rows of 11 sites without padding between them', 'BITS', 'CHANNEL_STATE', 11, signs + signs[::-1] + [-1] * 11, 1.0, 40, 0, 0),
        ('BITS, 8 sites', 'BITS', 'CHANNEL_STATE', 8, [1] * 8, 1.0, 1, 0, 0),
        ('I8, its ends', 'I8', 'CHANNEL_STATE', 4, [-128, 127, 0, -1, 1, 2, 3, 4], 0.5, 2 ** 40, 0, 0),
        ('I16, its ends', 'I16', 'CHANNEL_STATE', 3, [-32768, 32767, -1], 1 / 512, 7, 1, 0),
        ('I12P, an even number', 'I12P', 'CHANNEL_STATE', 2, [-2048, 2047, 1, -1], 1 / 512, 100, 3, 2 ** 33),
        ('I12P, an odd number', 'I12P', 'CHANNEL_STATE', 3, [0x123, -0x456, 0x789], 0.001, 0, 0, 0),
        ('I12P, 3 rows of 3: no padding between rows', 'I12P', 'CHANNEL_STATE', 3, [1, 2, 3, -4, -5, -6, 2047, -2048, 0], 1.0, 6, 0, 5),
        ('F32', 'F32', 'CHANNEL_WORK', 1, [f32(0.1), -0.0, 2.0 ** -149, f32(3.4e38)], 1.0, 12, 0, 0),
        ('F32, not measured', 'F32', 'CHANNEL_SUPPLY', 1, [float('nan')], 1.0, 0, 0, 0),
        ('F32, with a scale', 'F32', 'CHANNEL_HEAT', 1, [1.5, -2.25], -2.0, 2 ** 53 - 3, 2, 1),
    ]
    vectors = []
    for k, (name, encoding, channel, width, codes, scale, first, flags, dropped) in enumerate(of):
        fields = dict(runId=7, channel=enum(channel), firstIndex=first, t0Ticks=2 ** 34 + k, periodTicks=1000, count=len(codes) // width,
                      encoding=enum(encoding), scale=scale, droppedTotal=dropped, overflowFlags=flags, data=pack(encoding, codes))
        vectors.append({**message(name, 'SampleBatch', **fields), 'width': width, 'codes': [number(code) for code in codes],
                        'values': [number(scale * code) for code in codes]})
    least = dict(runId=7, count=2, scale=1.0, data=b'\x01')
    vectors.append({**message('BITS, the defaults left out: channel STATE from row 0', 'SampleBatch', **least), 'width': 1, 'codes': [1, -1], 'values': [1.0, -1.0]})
    bad = [dict(runId=7, count=2, encoding=enum('I16'), scale=1.0, data=bytes(3)), dict(runId=7, count=1, encoding=5, scale=1.0, data=bytes(8)),
           dict(runId=7, count=0, encoding=enum('I8'), scale=1.0, data=b''), dict(runId=7, count=2 ** 32 - 1, encoding=enum('F32'), scale=1.0, data=bytes(4))]
    names = ['data shorter than the rows', 'an encoding that is not known', 'no row', 'more rows than there can be']
    return {
        'what': 'SampleBatch: `codes` and `values` = scale x code, row by row of `width`; `bad` (width 1) is counted as malformed and dropped',
        'vectors': vectors, 'bad': [message(name, 'SampleBatch', **fields) for name, fields in zip(names, bad)],
    }


# ---- images.json --------------------------------------------------------------------------------------------------------

KINDS = dict(COUPLINGS=1, FIELDS=2, QUADRATIC=3, QUARTIC=4, DRIVE_PATTERN=5, DRIVE_CURVE=6, CONTROL_CURVE=7, INITIAL=8, NODE_TEMPERATURE=9)
CODED = ('COUPLINGS', 'FIELDS', 'DRIVE_PATTERN', 'INITIAL')


def image(n, sections, magic=b'RXP1'):
    """sections: (kind, index, scale, values); codes for those of i16."""
    at = 8 + 16 * len(sections)
    head = magic + struct.pack('<HH', n, len(sections))
    body = b''
    for kind, index, scale, values in sections:
        content = b''.join(struct.pack('<h' if kind in CODED else '<f', value) for value in values)
        head += struct.pack('<HHIIf', KINDS.get(kind, kind), index, at + len(body), len(content), scale)
        body += content + bytes(-len(content) % 4)
    return head + body


def image_vectors():
    def f32(value):
        return struct.unpack('<f', struct.pack('<f', value))[0]

    def one(name, n, sections):
        data = image(n, sections)
        return {'name': name, 'n': n, 'sections': [{'kind': kind, 'index': index, 'scale': f32(scale), 'values': [f32(v) for v in values]}
                                                   for kind, index, scale, values in sections],
                'crc32': crc32(data), 'sha256': hashlib.sha256(data).hexdigest(), 'bytes': data.hex()}
    every = [
        ('COUPLINGS', 0, 2.0 ** -10, [1, -2, 3, -32768, 32767, 0]), ('FIELDS', 0, 0.1, [5, -5, 0, 1]), ('QUADRATIC', 0, 1, [0.5]),
        ('QUARTIC', 0, 1, [0.25, 0.5, 0.75, 1.0]), ('DRIVE_PATTERN', 0, 1, [1, -1, 1, -1]), ('DRIVE_PATTERN', 1, 0.5, [0, 1, 2, 3]),
        ('DRIVE_CURVE', 0, 1, [0, 0, 1, 2.5, 1, 0]), ('DRIVE_CURVE', 1, 1, [0, -1]), ('CONTROL_CURVE', 0, 1, [0, 2, 10, 0.1]),
        ('CONTROL_CURVE', 1, 1, [0, 0, 5, 1]), ('CONTROL_CURVE', 2, 1, [0, 1]), ('CONTROL_CURVE', 3, 1, [0, 1, 2, 0.5]),
        ('CONTROL_CURVE', 4, 1, [0, 0, 1, 1, 1, 0.5]), ('INITIAL', 0, 1 / 512, [512, -512, 100, 0]), ('NODE_TEMPERATURE', 0, 1, [1, 0.5, 0, 2]),
    ]
    good = [
        one('one site, no section', 1, []), one('one site, couplings of none', 1, [('COUPLINGS', 0, 1, [])]),
        one('three sites, couplings of an odd number of bytes mod 4', 3, [('COUPLINGS', 0, 0.5, [1, 2, 3]), ('FIELDS', 0, 1, [7, 8, 9])]),
        one('every section', 4, every), one('spins', 5, [('COUPLINGS', 0, 1, list(range(-5, 5))), ('FIELDS', 0, 1, [0] * 5)]),
        one('a wide one', 300, [('FIELDS', 0, 1, list(range(300)))]),
    ]
    fields = ('FIELDS', 0, 1, [1, 2, 3, 4])

    def spoilt(at, form, value):
        data = bytearray(image(4, [fields, ('INITIAL', 0, 1, [1, 2, 3, 4])]))
        struct.pack_into(form, data, at, value)
        return bytes(data)
    bad = {
        'nothing': b'', 'cut off in its head': b'RXP1\x04\0', 'another magic': image(4, [fields], b'RXP2'), 'no sites': image(0, []),
        'a table that does not fit': b'RXP1' + struct.pack('<HH', 4, 3) + bytes(16), 'a kind that is not known': image(4, [(10, 0, 1, [1.0])]),
        'kind 0': image(4, [(0, 0, 1, [1.0])]), 'fields of three': image(4, [('FIELDS', 0, 1, [1, 2, 3])]), 'a section twice': image(4, [fields, fields]),
        'index 1 of fields': image(4, [('FIELDS', 1, 1, [1, 2, 3, 4])]), 'control curve 5': image(4, [('CONTROL_CURVE', 5, 1, [0, 1])]),
        'a pattern without its curve': image(4, [('DRIVE_PATTERN', 0, 1, [1, 1, 1, 1])]), 'a curve without its pattern': image(4, [('DRIVE_CURVE', 0, 1, [0, 1])]),
        'a curve without points': image(4, [('CONTROL_CURVE', 0, 1, [])]), 'half a point': image(4, [('CONTROL_CURVE', 0, 1, [0])]),
        't that falls': image(4, [('CONTROL_CURVE', 0, 1, [1, 0, 0, 0])]), 'a value that is not finite': image(4, [('QUADRATIC', 0, 1, [float('inf')])]),
        'a scale that is not a number': image(4, [('FIELDS', 0, float('nan'), [1, 2, 3, 4])]), 'two wells for four sites': image(4, [('QUARTIC', 0, 1, [1, 2])]),
        'an offset that is no multiple of 4': spoilt(8 + 4, '<I', 42), 'sections that overlap': spoilt(24 + 4, '<I', 44), 'a section on the table': spoilt(8 + 4, '<I', 36),
        'a section past the end': spoilt(24 + 4, '<I', 56), 'an offset of 4 GB': spoilt(24 + 4, '<I', 0xFFFFFFFC),
    }
    return {
        'what': 'Program images. `values`: codes in COUPLINGS, FIELDS, DRIVE_PATTERN and INITIAL (value = scale x code), points (t, value) in curves, numbers '
                'elsewhere. `bad` is refused',
        'vectors': good, 'bad': [{'name': name, 'bytes': data.hex()} for name, data in bad.items()],
    }


# ---- results.json -------------------------------------------------------------------------------------------------------

def record(shot, flags, work, heat, supply, state):
    data = struct.pack('<IIddd', shot, flags, work, heat, supply) + b''.join(struct.pack('<h', code) for code in state)
    return data + bytes(-len(data) % 8)


def result_vectors():
    nan = float('nan')
    of = {
        'no shot': (3, []), 'one site': (1, [(0, 0, 1.5, -1.5, 1e-9, [1])]),
        'four sites: no padding': (4, [(0, 1, 0.1, 0.2, nan, [1, -1, 1, -1])]),
        'three shots of five sites': (5, [(0, 0, nan, nan, nan, [1, 2, 3, 4, 5]), (1, 2, -0.5, 1e300, 0.0, [-32768, 32767, 0, -1, 1]), (2, 3, 1.0, 2.0, 3.0, [0] * 5)]),
    }
    vectors = []
    for name, (n, shots) in of.items():
        data = b''.join(record(*shot) for shot in shots)
        vectors.append({'name': name, 'n': n, 'crc32': crc32(data), 'bytes': data.hex(), 'shots': [
            {'shot': shot, 'flags': flags, 'work': number(work), 'heat': number(heat), 'supply': number(supply), 'state': state}
            for shot, flags, work, heat, supply, state in shots]})
    return {'what': 'Result blocks: a record for each shot', 'vectors': vectors}


# ---- conversation.json --------------------------------------------------------------------------------------------------

class Conversation:
    """A host and a board that keep the rules of the page, step by step: both sides answer at once, nothing waits for a timer."""

    def __init__(self, session):
        self.session, self.steps = session, []
        self.host_seq = self.board_seq = self.host_expects = self.board_expects = self.unacknowledged = self.samples = 0

    def step(self, who, kind, plain, of=None, fields=None, **more):
        told = {'message': of, 'fields': meaning(of, without_defaults(of, fields))} if of else {}
        self.steps.append({'from': who, 'frame': kind, 'line': line(plain).hex(), **told, **more})

    def hello(self, hello, ack):
        self.step('host', 'HELLO', plain_frame('HELLO', payload=encode('Hello', hello)), 'Hello', hello)
        self.step('board', 'HELLO_ACK', plain_frame('HELLO_ACK', session=self.session, payload=encode('HelloAck', ack)), 'HelloAck', ack)

    def from_host(self, kind, payload=b'', of=None, fields=None):
        seq = self.host_seq if kind == 'DATA' else 0
        self.step('host', kind, plain_frame(kind, self.session, seq, self.host_expects, 32, payload), of, fields)
        self.unacknowledged = 0
        if kind == 'DATA':
            self.host_seq += 1
            self.board_expects += 1

    def request(self, fields):
        self.from_host('DATA', encode('Request', fields), 'Request', fields)

    def to_host(self, fields, damaged=False):
        payload = encode('ToHost', fields)
        plain = plain_frame('DATA', self.session, self.board_seq, self.board_expects, 16, payload)
        if damaged:
            # Its last byte on the way is another one: the host asks for it again.
            self.step('board', 'DATA', plain[:-1] + bytes([plain[-1] ^ 0x55]), bad='checksum')
            self.from_host('NAK')
        self.step('board', 'DATA', plain, 'ToHost', fields)
        self.board_seq += 1
        self.host_expects += 1
        self.unacknowledged += 1
        if self.unacknowledged == 2:
            self.from_host('ACK')

    def sample(self, fields):
        plain = plain_frame('SAMPLE', self.session, self.samples, self.board_expects, 16, encode('SampleBatch', fields))
        self.samples += 1
        self.step('board', 'SAMPLE', plain, 'SampleBatch', fields)


def conversation():
    # Two sites that pull at each other just as hard as their fields push: x stands still at (1, 1), work and heat are 0.
    program = image(2, [('COUPLINGS', 0, 1, [1]), ('FIELDS', 0, 1, [-1, -1]), ('QUADRATIC', 0, 1, [0]), ('QUARTIC', 0, 1, [0]),
                        ('INITIAL', 0, 1 / 512, [512, 512])])
    sha, chunk, standby, nan = hashlib.sha256(program).digest(), 64, enum('STATE_STANDBY'), float('nan')
    talk = Conversation(0x4A31)
    talk.hello({**HELLO, 'nonce': 77}, {**HELLO_ACK, 'nonce': 77})
    request, ids = talk.request, iter(range(1, 1000))

    def call(of, body, answer=None, state=standby, damaged=False, events=()):
        one = next(ids)
        request(dict(requestId=one, deadlineMs=3000, **{of: body}))
        for event in events:
            talk.to_host(dict(event=event))
        talk.to_host(dict(response=dict(requestId=one, status=0, text='', state=state, **(answer or {}))), damaged)

    upload = dict(uploadId=1, nextOffset=0, crc32Prefix=0, chunk=448, total=len(program))
    call('uploadBegin', dict(bank=1, kind=0, n=2, total=len(program), sha256=sha), dict(upload=upload))
    for at in range(0, len(program), chunk):
        data = program[at:at + chunk]
        after = {**upload, 'nextOffset': at + len(data), 'crc32Prefix': crc32(program[:at + len(data)])}
        call('uploadChunk', dict(uploadId=1, offset=at, crc32=crc32(data), data=data), dict(upload=after), damaged=at == chunk)
    call('uploadCommit', dict(uploadId=1, sha256=sha), dict(bank=dict(bank=1, crc32=crc32(program), notes=['couplings as given'])))

    def state(name, shots=0, end='RUN_NOT_ENDED', rows=0, ticks=0):
        return dict(runId=5, state=enum(name), shotsDone=shots, end=enum(end), cause='', ticks=1_000_000 + ticks, rows=rows)
    arm = dict(runId=5, bank=1, bankCrc32=crc32(program), seed=2 ** 53 - 1, shots=2, duration=1.0, readoutEvery=0.5, readouts=3,
               channels=[enum('CHANNEL_STATE'), enum('CHANNEL_WORK')], stateEvery=1, initial=enum('INITIAL_VALUES'), flips=0, temperature=0.0,
               watchdogMs=5000, maxDurationMs=60_000)
    armed, running = state('STATE_ARMED'), state('STATE_RUNNING', ticks=2000)
    call('arm', arm, dict(run=armed), enum('STATE_ARMED'), events=[dict(run=armed)])
    call('heartbeat', dict(leaseMs=5000), state=enum('STATE_ARMED'))
    call('start', dict(runId=5), dict(run=running), enum('STATE_RUNNING'), events=[dict(run=running)])
    for first, rows in ((0, 3), (3, 3)):
        batch = dict(runId=5, firstIndex=first, t0Ticks=1_002_000 + 1_000_000 * (first // 3), periodTicks=500_000, count=rows, droppedTotal=0, overflowFlags=0)
        talk.sample({**batch, 'channel': 0, 'encoding': enum('I12P'), 'scale': 1 / 512, 'data': pack('I12P', [512, 512] * rows)})
        talk.sample({**batch, 'channel': 1, 'encoding': enum('F32'), 'scale': 1.0, 'data': pack('F32', [0.0] * rows)})
    done = state('STATE_STANDBY', 2, 'RUN_FINISHED', 6, 2_002_000)
    talk.to_host(dict(event=dict(samples=dict(runId=5, ticks=3_002_000, channels=[
        dict(channel=k, nextIndex=6, buffered=0, droppedTotal=0) for k in (0, 1)]))))
    talk.to_host(dict(event=dict(run=done)))
    result = b''.join(record(shot, 0, 0.0, 0.0, nan, [512, 512]) for shot in range(2))
    part = dict(runId=5, offset=0, total=len(result), crc32=crc32(result), shots=2, end=enum('RUN_FINISHED'), data=result)
    call('readResult', dict(runId=5, offset=0), dict(result=part))
    return {
        'what': 'A handshake, an upload, a run and its result, in the order in which the frames leave; nothing but the frame with `bad` is damaged. '
                'Order of events and answers, sizes of chunks and batches, ticks and what the board draws are this board’s own',
        'session': talk.session, 'mtu': 512, 'windowBytes': 8192, 'image': program.hex(), 'result': result.hex(), 'steps': talk.steps,
    }


# ---- Files --------------------------------------------------------------------------------------------------------------

def main():
    files = {
        'cobs': cobs_vectors(), 'frames': frame_vectors(), 'bad-frames': bad_frame_vectors(), 'messages': message_vectors(),
        'samples': sample_vectors(), 'images': image_vectors(), 'results': result_vectors(), 'conversation': conversation(),
    }
    missing = [f'{name}.{field}' for name, fields in PROTO.messages.items() for field in fields if (name, field) not in USED]
    assert not missing, f'no vector has {", ".join(missing)}'
    differ = []
    for name, content in files.items():
        path = HERE / f'{name}.json'
        text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + '\n'
        if '--check' in sys.argv[1:]:
            if not path.exists() or path.read_text(encoding='utf-8') != text:
                differ.append(path.name)
        else:
            path.write_text(text, encoding='utf-8')
    for name in differ:
        print(f'{name} is not what generate.py writes')
    return 1 if differ else 0


if __name__ == '__main__':
    sys.exit(main())
