// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// failure is what the driver itself finds wrong.
type failure struct {
	errno   syscall.Errno
	message string
}

func (f *failure) Error() string { return f.message }

func refuse(errno syscall.Errno, format string, arguments ...any) error {
	return &failure{errno, fmt.Sprintf(format, arguments...)}
}

type field struct {
	name, kind string
	offset     int
}

// schema is `size=8 id:u32@0 kind:u8@4`.
type schema struct {
	size   int
	fields []field
}

func parseSchema(text string) (schema, error) {
	words := strings.Fields(text)
	var s schema
	if len(words) == 0 {
		return s, refuse(syscall.EINVAL, "there is no schema")
	}
	if _, err := fmt.Sscanf(words[0], "size=%d", &s.size); err != nil {
		return s, refuse(syscall.EINVAL, "%q is no schema", text)
	}
	for _, word := range words[1:] {
		name, place, _ := strings.Cut(word, ":")
		kind, at, _ := strings.Cut(place, "@")
		offset, err := strconv.Atoi(at)
		if err != nil || widths[kind] == 0 || offset < 0 || offset+widths[kind] > s.size {
			return s, refuse(syscall.EINVAL, "%q is no field", word)
		}
		s.fields = append(s.fields, field{name, kind, offset})
	}
	return s, nil
}

var widths = map[string]int{"u8": 1, "i8": 1, "u16": 2, "i16": 2, "u32": 4, "i32": 4, "f32": 4, "u64": 8, "i64": 8, "f64": 8}

// order is the machine's.
var order binary.ByteOrder = func() binary.ByteOrder {
	one := uint16(1)
	if *(*byte)(unsafe.Pointer(&one)) == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}()

func put(to []byte, bits uint64) {
	switch len(to) {
	case 1:
		to[0] = byte(bits)
	case 2:
		order.PutUint16(to, uint16(bits))
	case 4:
		order.PutUint32(to, uint32(bits))
	default:
		order.PutUint64(to, bits)
	}
}

func get(from []byte) uint64 {
	switch len(from) {
	case 1:
		return uint64(from[0])
	case 2:
		return uint64(order.Uint16(from))
	case 4:
		return uint64(order.Uint32(from))
	default:
		return order.Uint64(from)
	}
}

func (s schema) pack(values string) ([]byte, error) {
	given := map[string]string{}
	for _, word := range strings.Fields(values) {
		name, value, _ := strings.Cut(word, "=")
		given[name] = value
	}
	bytes := make([]byte, s.size)
	for _, f := range s.fields {
		width, text := widths[f.kind], given[f.name]
		var bits uint64
		var err error
		switch f.kind[0] {
		case 'u':
			bits, err = strconv.ParseUint(text, 10, width*8)
		case 'i':
			var number int64
			number, err = strconv.ParseInt(text, 10, width*8)
			bits = uint64(number)
		default:
			var number float64
			number, err = strconv.ParseFloat(text, width*8)
			bits = math.Float64bits(number)
			if width == 4 {
				bits = uint64(math.Float32bits(float32(number)))
			}
		}
		if err != nil {
			return nil, refuse(syscall.EINVAL, "%q is no %s for '%s'", text, f.kind, f.name)
		}
		put(bytes[f.offset:f.offset+width], bits)
	}
	return bytes, nil
}

func (s schema) unpack(bytes []byte) (string, error) {
	if len(bytes) != s.size {
		return "", refuse(syscall.EBADMSG, "%d bytes are no message of %d", len(bytes), s.size)
	}
	var words []string
	for _, f := range s.fields {
		width := widths[f.kind]
		bits := get(bytes[f.offset : f.offset+width])
		var text string
		switch f.kind[0] {
		case 'u':
			text = strconv.FormatUint(bits, 10)
		case 'i':
			unused := 64 - width*8
			text = strconv.FormatInt(int64(bits<<unused)>>unused, 10)
		default:
			number := math.Float64frombits(bits)
			if width == 4 {
				number = float64(math.Float32frombits(uint32(bits)))
			}
			text = strconv.FormatFloat(number, 'g', -1, width*8)
		}
		words = append(words, f.name+"="+text)
	}
	return strings.Join(words, " "), nil
}
