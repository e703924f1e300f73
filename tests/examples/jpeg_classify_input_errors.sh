#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# jpeg_classify_input_errors.sh PROGRAM: every wrong command line of examples/jpeg_classify_input ends with its exit code
# and one clear line on stderr; right ones of unusual size pass. Prints each mismatch and exits 1 if there is any.
source "$(dirname -- "${BASH_SOURCE[0]}")/command_lines.sh"
batch=$name.npy
outputs+=("$batch")

# A gray JPEG of 8 x 8 pixels: quantisation and Huffman tables of one entry each, one block with nothing but its mean.
hex() { printf '%b' "$(sed 's/../\\x&/g' <<<"$1")"; }
head_of_jpeg=ffd8ffdb004300$(printf '01%.0s' {1..64})
frame=ffc0000b0800080008 # 8 x 8, one component follows
tables=ffc4001400$(printf '01%.0s' 1)$(printf '00%.0s' {1..15})00ffc4001410$(printf '01%.0s' 1)$(printf '00%.0s' {1..15})00
scan=ffda0008010100003f00
hex "$head_of_jpeg${frame}01011100$tables${scan}3fffd9" >gray.jpg
hex "$head_of_jpeg${frame}01011100$tables" >cut.jpg
echo 'this is no picture' >words.jpg
: >empty.jpg
hex ffd8ffe0 >start.jpg
mkdir folder.jpg folder.png folder.npy

# bytes COUNT: what the last batch must have.
bytes() {
  cases=$((cases + 1))
  [[ $(stat -c %s "$batch") -eq $1 ]] || mismatch 'batch' "$(stat -c %s "$batch") bytes, expected $1"
}

# ---- files
fails 2 '--in none\.jpg: there is no such file' --in none.jpg
fails 2 '--in none\.jpg: there is no such file' --in gray.jpg none.jpg
fails 2 '--in folder\.jpg: this is no regular file' --in folder.jpg
fails 2 '--in words\.jpg: this is no JPEG file' --in words.jpg
fails 2 '--in empty\.jpg: this is no JPEG file' --in empty.jpg
fails 2 '--in start\.jpg: cannot be decoded \(.+\)' --in start.jpg
fails 2 '--in cut\.jpg: cannot be decoded \(.+\)' --in cut.jpg
fails 2 '--out folder\.png: cannot be written: Is a directory' --in gray.jpg --out folder.png
fails 2 'pane::write_npy: folder\.npy: Is a directory' --in gray.jpg --batch-out folder.npy
fails 2 '--out is x\.jpg: the sheet is a PNG, its name must end in \.png' --out x.jpg
fails 2 '--batch-out is x\.npz: its name must end in \.npy' --batch-out x.npz

# ---- numbers and words
fails 2 '--crop is 257: it must be an integer from 1 to 256' --crop 257
fails 2 '--crop is 0: it must be an integer from 1 to 256' --crop 0
fails 2 '--short-side is 0: it must be an integer from 1 to 16384' --short-side 0
fails 2 '--short-side is x: it must be an integer from 1 to 16384' --short-side x
fails 2 '--std is 0: each value must be 0\.001 to 1000' --std 0
fails 2 '--std is nan: it must be three numbers, R,G,B, or one' --std nan
fails 2 '--mean is 1,2: it must be three numbers, R,G,B, or one' --mean 1,2
fails 2 '--dtype is u8: it must be one of f16, f32' --dtype u8
fails 2 '--decoder is libjpeg: it must be one of auto, nvjpeg, stb' --decoder libjpeg
fails 2 '--where is cuda: it must be one of auto, gpu, host' --where cuda
fails 2 '--decoder nvjpeg: nvJPEG cannot be used: there is no GPU to decode on' --where host --decoder nvjpeg
fails 2 'unknown flag --corp; did you mean --crop\?' --corp 4
fails 2 '--crop: 1 required .*' --crop

# ---- unusual, and right
passes '8x8, gray\.jpg' --in gray.jpg --where host
bytes $((128 + 4 * 3 * 224 * 224))
passes 'decoded by  stb_image, on the CPU' --in gray.jpg gray.jpg gray.jpg --crop 7 --short-side 7 --dtype f16 --where host
bytes $((128 + 2 * 3 * 3 * 7 * 7))
passes '6 pictures: .*passed' --short-side 33 --crop 1
passes 'passed' --decoder stb --mean 0 --std 1

finish
