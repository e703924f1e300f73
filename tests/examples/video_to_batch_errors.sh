#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# video_to_batch_errors.sh PROGRAM: every wrong command line and every broken video of examples/video_to_batch ends with
# its exit code and one clear line on stderr; right ones of unusual size pass. Prints each mismatch and exits 1 if there
# is any. Videos are only taken apart here, not decoded: --where host has no decoder, and says so last.
source "$(dirname -- "${BASH_SOURCE[0]}")/command_lines.sh"

# ---- an MP4 file, box by box, in hexadecimal
bytes_of() { printf '%b' "$(sed 's/../\\x&/g' <<<"$1")"; }
letters() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }
number() { printf '%08x' "$1"; }
zeros() { printf '00%.0s' $(seq "$1"); }
box() { printf '%s%s%s' "$(number $((8 + ${#2} / 2)))" "$(letters "$1")" "$2"; }

ftyp=$(box ftyp "$(letters isom)00000000")
sample=00000003658884 # one NAL unit of three bytes behind its length
mdat=$(box mdat "$sample$sample")
first=$((${#ftyp} / 2 + 8)) # where the samples begin
avcc=014d400affe10003674d0a01000268ee
entry() { printf '%s%s%s%s' "$(number $((86 + ${#2} / 2)))" "$(letters "$1")" "$(zeros 78)" "$2"; }
stsd() { box stsd "00000000$(number 1)$(entry "$1" "$2")"; }
stsz() { box stsz "00000000$1"; }
sizes=$(number 0)$(number 2)$(number 7)$(number 7)
runs=$(box stsc "00000000$(number 1)$(number 1)$(number 2)$(number 1)")
chunks=$(box stco "00000000$(number 1)$(number "$first")")
good_stsd=$(stsd avc1 "$(box avcC "$avcc")")
# movie FILE HANDLER BOXES-OF-STBL
movie() {
  local media
  media=$(box hdlr "0000000000000000$(letters "$2")$(zeros 12)")$(box minf "$(box stbl "$3")")
  bytes_of "$ftyp$mdat$(box moov "$(box trak "$(box mdia "$media")")")" >"$1"
}
no_decoder='there is no decoder: .*ffmpeg -i FILE -pix_fmt nv12 .*'
not_read() { fails 2 "--in $1: not a video that can be read \($2\)" --in "$1" --where host; }

movie good.mp4 vide "$good_stsd$(stsz "$sizes")$runs$chunks"
fails 2 "--in good\.mp4: $no_decoder" --in good.mp4 --where host
wide=$(box co64 "00000000$(number 1)00000000$(number "$first")")
movie co64.mp4 vide "$good_stsd$(stsz "$(number 7)$(number 2)")$runs$wide"
fails 2 "--in co64\.mp4: $no_decoder" --in co64.mp4 --where host
bytes_of 000000016764 >stream.h264
fails 2 "--in stream\.h264: $no_decoder" --in stream.h264 --where host

movie sound.mp4 soun "$good_stsd$(stsz "$sizes")$runs$chunks"
not_read sound.mp4 'file: no video track'
movie hevc.mp4 vide "$(stsd hvc1 "$(box hvcC 00)")$(stsz "$sizes")$runs$chunks"
not_read hevc.mp4 "stsd: the video is 'hvc1'; this program reads H\.264, 'avc1'"
movie odd.mp4 vide "$(box stsd "00000000$(number 1)$(number 100)01020304$(zeros 92)")$(stsz "$sizes")$runs$chunks"
not_read odd.mp4 "stsd: the video is '\?\?\?\?'; .*"
movie noconfig.mp4 vide "$(stsd avc1 '')$(stsz "$sizes")$runs$chunks"
not_read noconfig.mp4 'stsd: no box avcC'
movie short.mp4 vide "$(stsd avc1 "$(box avcC 014d400affe100ff67)")$(stsz "$sizes")$runs$chunks"
not_read short.mp4 'avcC: it ends too early'
movie fragments.mp4 vide "$good_stsd$(stsz "$(number 0)$(number 0)")$runs$chunks"
not_read fragments.mp4 'stbl: no samples; a fragmented MP4 is not read: ffmpeg .*'
movie beyond.mp4 vide "$good_stsd$(stsz "$(number 0)$(number 2)$(number 7)$(number 999999)")$runs$chunks"
not_read beyond.mp4 'stsz: a sample beyond the end of the file'
movie many.mp4 vide "$good_stsd$(stsz "$(number 0)ffffffff$(number 7)$(number 7)")$runs$chunks"
not_read many.mp4 'stsz: fewer samples than it says'
movie far.mp4 vide "$good_stsd$(stsz "$sizes")$runs$(box stco "00000000$(number 1)ffffffff")"
not_read far.mp4 'stsz: a sample beyond the end of the file'
same=$(number 2)$(number "$first")
movie shared.mp4 vide "$good_stsd$(stsz "$(number 7)$(number 4000)")$(box stsc "00000000$(number 1)$(number 1)$(number 1)$(number 1)")$(box stco "00000000$(number 4000)$(for _ in $(seq 2000); do printf %s "${same:8}${same:8}"; done)")"
not_read shared.mp4 'stsz: samples that are empty or share bytes'
movie empty.mp4 vide "$good_stsd$(stsz "$(number 0)$(number 2)$(number 0)$(number 0)")$runs$chunks"
not_read empty.mp4 'stsz: samples that are empty or share bytes'
movie nochunks.mp4 vide "$good_stsd$(stsz "$sizes")$runs$(box stco "00000000$(number 0)")"
not_read nochunks.mp4 'stsz: fewer samples than it says'
movie unit.mp4 vide "$good_stsd$(stsz "$(number 0)$(number 1)$(number 6)")$runs$chunks"
not_read unit.mp4 'mdat: it ends too early'
bytes_of "$ftyp$mdat" >nomovie.mp4
not_read nomovie.mp4 'file: no box moov'
bytes_of "$ftyp$(number 4)$(letters moov)" >small.mp4
not_read small.mp4 'file: a box of 4 bytes'
bytes_of "$ftyp$(number 1)$(letters moov)ffffffffffffffff" >huge.mp4
not_read huge.mp4 'file: a box of 18446744073709551615 bytes'
echo 'this is no video' >words.mp4
not_read words.mp4 'file: neither an MP4 file nor an H\.264 elementary stream'
: >nothing.h264
not_read nothing.h264 'file: neither an MP4 file nor an H\.264 elementary stream'

# ---- every byte of the movie spoiled, and the movie cut everywhere: a message, never a crash
all=$(od -An -v -tx1 good.mp4 | tr -d ' \n')
for ((i = 0; i < ${#all}; i += 2)); do
  spoiled[i]=${all:0:i}$([[ ${all:i:2} == ff ]] && echo 00 || echo ff)${all:i+2}
  cut[i]=${all:0:i}
done
for text in "${spoiled[@]}" "${cut[@]}"; do
  cases=$((cases + 1))
  bytes_of "$text" >spoiled.mp4
  "$program" --in spoiled.mp4 --where host >stdout 2>stderr
  [[ $? -eq 2 && $(wc -l <stderr) -eq 1 ]] || mismatch 'spoiled.mp4' "$text: $(<stderr)"
done

# ---- files
fails 2 '--in none\.mp4: there is no such file' --in none.mp4
mkdir folder.mp4 folder.png
fails 2 '--in folder\.mp4: this is no regular file' --in folder.mp4
head -c 100 /dev/zero >short.nv12
head -c 96 /dev/zero >four.nv12 # four frames of 4 x 4
fails 2 '--in four\.nv12: raw frames do not say their size: add --size WxH' --in four.nv12
fails 2 '--in short\.nv12: 100 bytes are no whole number of NV12 frames of 4x4, which have 24 each' --in short.nv12 --size 4x4
fails 2 '--size 4x3: the height of NV12 is even' --in four.nv12 --size 4x3
fails 2 '--size: only raw frames need it' --in good.mp4 --size 4x4
fails 2 '--size: only raw frames need it' --size 4x4
fails 2 '--out folder\.png: cannot be written: Is a directory' --out folder.png --out-size 32x32 --frames 1
fails 2 '--save-frames none/x\.nv12: cannot be written: No such file or directory' --save-frames none/x.nv12 --out-size 32x32 --frames 1
fails 2 '--out is x\.jpg: the sheet is a PNG, its name must end in \.png' --out x.jpg

# ---- numbers, words and flags
fails 2 '--frames is 0: it must be an integer from 1 to 1000' --frames 0
fails 2 '--every is 0: it must be an integer from 1 to 1000000' --every 0
fails 2 '--out-size is 0x4: it must be WIDTHxHEIGHT, both 1 to 16384' --out-size 0x4
fails 2 '--dtype is u8: it must be one of f16, f32' --dtype u8
fails 2 '--where is cuda: it must be one of auto, gpu, host' --where cuda
fails 2 'unknown flag --farmes; did you mean --frames\?' --farmes 4
fails 2 '--frames: 1 required .*' --frames

# ---- unusual, and right
passes 'slots       3 of 3, frames 0 1 2' --frames 3 --out-size 33x65 --dtype f32 --where host
passes 'slots       2 of 8, frames 0 3' --in four.nv12 --size 4x4 --every 3 --out-size 7x5
passes 'slots       1 of 8, frames 0' --in four.nv12 --size 4x4 --every 4 --out-size 1x1 --save-frames out.nv12
[[ $(stat -c %s out.nv12) -eq 24 ]] || mismatch '--save-frames' "$(stat -c %s out.nv12) bytes, expected 24"

finish
