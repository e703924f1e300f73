#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# preprocess_errors.sh PROGRAM: every wrong command line of examples/preprocess ends with its exit code and one clear
# line on stderr; right ones of unusual size pass. Prints each mismatch and exits 1 if there is any.
source "$(dirname -- "${BASH_SOURCE[0]}")/command_lines.sh"

echo 'this is no picture' >words.jpg
: >empty.nv12
head -c 100 /dev/zero >short.nv12
head -c 36 /dev/zero >tiny.nv12 # one frame of 6 x 4
head -c 48 /dev/zero >two.nv12  # two frames of 4 x 4
mkdir folder.png

# ---- files
fails 2 '--in none\.jpg: there is no such file' --in none.jpg
fails 2 '--in folder\.png: this is no regular file' --in folder.png
fails 2 '--in words\.jpg: not a picture that can be read \(.+\); raw NV12 frames .+' --in words.jpg
fails 2 '--in tiny\.nv12: raw frames do not say their size: add --size WxH' --in tiny.nv12
fails 2 '--in empty\.nv12: 0 bytes are no whole number of NV12 frames of 4x4, which have 24 each' --in empty.nv12 --size 4x4
fails 2 '--in short\.nv12: 100 bytes are no whole number of NV12 frames of 4x4, which have 24 each' --in short.nv12 --size 4x4
fails 2 '--size 4x3: the height of NV12 is even' --in tiny.nv12 --size 4x3
fails 2 '--size 3x4: the width of NV12 is even' --in tiny.nv12 --size 3x4
fails 2 '--frame 2: two\.nv12 has frames 0 to 1' --in two.nv12 --size 4x4 --frame 2
fails 2 '--frame: there is no --in' --frame 1
fails 2 '--size: words\.jpg has a size of its own; --out-size is that of the result' --in words.jpg --size 4x4
fails 2 '--out none/x\.png: cannot be written: No such file or directory' --out none/x.png
fails 2 '--out folder\.png: cannot be written: Is a directory' --out folder.png
fails 2 '--out is x\.jpg: the sheet is a PNG, its name must end in \.png' --out x.jpg

# ---- sizes and numbers
for size in 0x640 640x0 640 640x 640x-1 640x640x3 16385x1 99999999999x1 x ''; do
  fails 2 "--out-size is $size: it must be WIDTHxHEIGHT, both 1 to 16384" --out-size "$size"
done
fails 2 '--size is 0x4: it must be WIDTHxHEIGHT, both 1 to 16384' --in tiny.nv12 --size 0x4
fails 2 '--batch is 0: it must be an integer from 1 to 1000000' --batch 0
fails 2 '--batch is two: it must be an integer from 1 to 1000000' --batch two
fails 2 '--slot is 4: it must be an integer from 0 to 3' --batch 4 --slot 4
fails 2 '--slot is -1: it must be an integer from 0 to 3' --batch 4 --slot -1
fails 2 '--slot is 1: it must be an integer from 0 to 0' --slot 1
fails 2 '--std is 0,1,1: each value must be 1e-6 to 1e6' --std 0,1,1
fails 2 '--std is 1,2: it must be three numbers, R,G,B, or one' --std 1,2
fails 2 '--std is nan: it must be three numbers, R,G,B, or one' --std nan
fails 2 '--mean is 1,,2: it must be three numbers, R,G,B, or one' --mean 1,,2
fails 2 '--dtype f16: with this mean and std the result exceeds 65504, the largest f16; use --dtype f32' --dtype f16 --std 1e-6
fails 2 'not enough memory for this --out-size and --batch' --out-size 16384x16384 --batch 1000000

# ---- words
fails 2 '--dtype is f64: it must be one of f16, f32' --dtype f64
fails 2 '--layout is hwc: it must be one of nchw, nhwc' --layout hwc
fails 2 '--matrix is bt709x: it must be one of bt601, bt709, bt2020' --matrix bt709x
fails 2 '--range is tv: it must be one of limited, full' --range tv
fails 2 '--mode is pad: it must be one of letterbox, resize, crop' --mode pad
fails 2 '--siting is right: it must be one of center, left, top-left' --siting right
fails 2 '--where is cuda: it must be one of auto, gpu, host' --where cuda

# ---- flags
fails 2 'unknown flag --sise; did you mean --size\?' --sise 4x4
fails 2 'unknown flag --outsize; did you mean --out-size\?' --outsize=4x4
fails 2 'unknown flag --btach; did you mean --batch\?' --btach 4
fails 2 'unexpected argument picture\.jpg; pictures are given by --in' picture.jpg
fails 2 '--batch: 1 required .*' --batch

# ---- a difference above the bound
cases=$((cases + 1))
"$program" --out-size 32x32 --bound 1e-12 >stdout 2>stderr
got=$?
[[ $got -eq 1 && $(<stdout) =~ FAILED ]] || mismatch '--bound 1e-12' "exit code $got, stdout '$(<stdout)'"

# ---- unusual, and right
for size in 1x1 1x9 9x1 2x2 3x5; do
  passes 'passed' --size "$size" --out-size 7x5
  passes 'passed' --size 13x11 --out-size "$size" --mode crop
  passes 'passed' --size 13x11 --out-size "$size" --layout nhwc
done
passes 'NV12 6x4' --in tiny.nv12 --size 6x4 --out-size 5x3 --mode crop
passes 'NV12 4x4' --in two.nv12 --size 4x4 --frame 1 --siting left --range full --dtype f16
passes "'shape': \(3, 17, 31, 3\), 'typestr': '<f2'" --out-size 31x17 --layout nhwc --dtype f16 --batch 3 --slot 2
passes '"passed": true' --json --mean -0.5,0,0.5 --std 2 --mode resize --out-size 33x65
passes 'on +CPU' --where host --out-size 16x16

finish
