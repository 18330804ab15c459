//! The size, frames and rate of a clip.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::boxes::Part;
use super::fragments;
use super::image::pixels;
use super::reader::Header;
use super::{Unread, open};
use crate::media::Pixels;
use crate::units::Fraction;

/// A clip of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clip {
    /// The size of each, as it is shown.
    pub size: Pixels,
    /// How many there are.
    pub frames: u64,
    /// Frames a second; none where that is not known.
    pub rate: Option<Fraction>,
}

/// The first video track of an MP4, MOV, M4V or 3GP file.
///
/// # Errors
/// Why there is none.
pub fn clip(path: &Path) -> Result<Clip, Unread> {
    read(&mut open(path)?)
}

/// Where kinds stand in a file's first bytes.
const EBML: [u8; 4] = [0x1a, 0x45, 0xdf, 0xa3];

fn read<R: Read + Seek>(header: &mut Header<R>) -> Result<Clip, Unread> {
    let end = header.seek(SeekFrom::End(0))?;
    header.seek(SeekFrom::Start(0))?;
    let first = header.take_bytes::<8>().map_err(|_| Unread::Other)?;
    match (&first[..4], &first[4..]) {
        (_, b"ftyp" | b"moov" | b"mdat" | b"wide" | b"free" | b"skip") => {}
        (head, _) if head == EBML => {
            let why = "a Matroska or WebM header does not say how many frames there are";
            return Err(Unread::Broken(why));
        }
        _ => return Err(Unread::Other),
    }
    let file = Part::whole(end);
    let movie = file.part(header, b"moov")?;
    for track in movie.parts(header)?.into_iter().filter(|part| &part.kind == b"trak") {
        let media = track.part(header, b"mdia")?;
        let handler = media.part(header, b"hdlr")?;
        if handler.number::<R, 4>(header, 8)? == u64::from(u32::from_be_bytes(*b"vide")) {
            return of_track(header, [file, movie, track, media]);
        }
    }
    Err(Unread::Broken("it has no video track"))
}

fn of_track<R: Read + Seek>(
    header: &mut Header<R>,
    [file, movie, track, media]: [Part; 4],
) -> Result<Clip, Unread> {
    let table = media.part(header, b"minf")?.part(header, b"stbl")?;
    // The first entry of the description, after its head.
    let described = table.part(header, b"stsd")?;
    let width = described.number::<R, 2>(header, 40)?;
    let height = described.number::<R, 2>(header, 42)?;
    let coded = pixels(height, width)?;
    let size = match is_turned(header, track)? {
        true => Pixels { height: coded.width, width: coded.height },
        false => coded,
    };
    let clock = media.part(header, b"mdhd")?;
    let is_long = clock.number::<R, 1>(header, 0)? == 1;
    let ticks = clock.number::<R, 4>(header, if is_long { 20 } else { 12 })?;
    let times = table.part(header, b"stts")?;
    let (frames, lasting) = match frames(header, times)? {
        (0, _) => {
            let number = number_of(header, track)?;
            fragments::frames(header, file, movie, number)?
        }
        counted => counted,
    };
    if frames == 0 {
        return Err(Unread::Broken("its header counts no frames"));
    }
    let rate = match lasting {
        0 => None,
        lasting => Fraction::new(i128::from(frames) * i128::from(ticks), lasting.into()),
    };
    Ok(Clip { size, frames, rate: rate.filter(|rate| !rate.is_zero()) })
}

/// The number by which others name a track.
fn number_of<R: Read + Seek>(header: &mut Header<R>, track: Part) -> Result<u64, Unread> {
    let head = track.part(header, b"tkhd")?;
    let is_long = head.number::<R, 1>(header, 0)? == 1;
    Ok(head.number::<R, 4>(header, if is_long { 20 } else { 12 })?)
}

/// Whether the track is shown turned by a quarter: its matrix swaps the sides.
fn is_turned<R: Read + Seek>(header: &mut Header<R>, track: Part) -> Result<bool, Unread> {
    let head = track.part(header, b"tkhd")?;
    let is_long = head.number::<R, 1>(header, 0)? == 1;
    let matrix = if is_long { 52 } else { 40 };
    let mut of = |place: u64| head.number::<R, 4>(header, matrix + place);
    Ok(of(0)? == 0 && of(16)? == 0 && of(4)? != 0 && of(12)? != 0)
}

/// How many frames there are, and how many ticks they last together.
fn frames<R: Read + Seek>(header: &mut Header<R>, times: Part) -> Result<(u64, u64), Unread> {
    let entries = times.number::<R, 4>(header, 4)?;
    if entries.saturating_mul(8) > times.end - times.start {
        return Err(Unread::Broken("its header is broken"));
    }
    let too_many = || Unread::Broken("its header says an absurd length");
    let (mut frames, mut lasting) = (0u64, 0u64);
    header.seek(SeekFrom::Start(times.start + 8))?;
    for _ in 0..entries {
        let count = u64::from(u32::from_be_bytes(header.take_bytes()?));
        let each = u64::from(u32::from_be_bytes(header.take_bytes()?));
        frames = frames.checked_add(count).ok_or_else(too_many)?;
        lasting = lasting.checked_add(count * each).ok_or_else(too_many)?;
    }
    Ok((frames, lasting))
}

#[cfg(test)]
pub mod testing {
    //! Tiny clips.

    fn part(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let length = content.len() as u32 + 8;
        [&length.to_be_bytes()[..], kind, content].concat()
    }

    fn longs(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    /// A clip of a size and so many frames of so many of 30,000 ticks, perhaps turned by a quarter.
    pub fn mp4(height: u16, width: u16, times: &[[u32; 2]], is_turned: bool) -> Vec<u8> {
        let one = 0x10000;
        let matrix = match is_turned {
            true => [0, one, 0, -one, 0, 0, 0, 0, 0x4000_0000],
            false => [one, 0, 0, 0, one, 0, 0, 0, 0x4000_0000],
        };
        let matrix = matrix.map(|number: i32| number as u32);
        let tkhd =
            [longs(&[7, 0, 0, 1, 0, 0, 0, 0, 0, 0]), longs(&matrix), longs(&[0, 0])].concat();
        let mdhd = longs(&[0, 0, 0, 30_000, 0, 0]);
        let hdlr = [longs(&[0, 0]), b"vide".to_vec(), longs(&[0, 0, 0]), vec![0]].concat();
        let entry = [&[0; 24][..], &width.to_be_bytes(), &height.to_be_bytes(), &[0; 50]].concat();
        let stsd = [longs(&[0, 1]), part(b"avc1", &entry)].concat();
        let stts = [longs(&[0, times.len() as u32]), longs(&times.concat())].concat();
        let stbl = part(b"stbl", &[part(b"stsd", &stsd), part(b"stts", &stts)].concat());
        let media = [part(b"mdhd", &mdhd), part(b"hdlr", &hdlr), part(b"minf", &stbl)].concat();
        let track = part(b"trak", &[part(b"tkhd", &tkhd), part(b"mdia", &media)].concat());
        let file = part(b"ftyp", b"isom\0\0\0\0isom");
        [file, part(b"mdat", &[0; 100]), part(b"moov", &track)].concat()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::testing::mp4;
    use super::*;

    fn read_all(file: &[u8]) -> Result<Clip, Unread> {
        read(&mut Header::of(Cursor::new(file)))
    }

    #[test]
    fn size_frames_and_rate() {
        let clip = read_all(&mp4(480, 640, &[[10, 1001], [6, 1001]], false)).unwrap();
        let rate = Fraction::new(30_000, 1001);
        assert_eq!(clip, Clip { size: Pixels { height: 480, width: 640 }, frames: 16, rate });
        let clip = read_all(&mp4(480, 640, &[[30, 1000]], true)).unwrap();
        assert_eq!(clip.size, Pixels { height: 640, width: 480 });
        assert_eq!(clip.rate, Fraction::new(30, 1));
        // A single picture without a length.
        assert_eq!(read_all(&mp4(2, 2, &[[1, 0]], false)).unwrap().rate, None);
    }

    #[test]
    fn frames_in_fragments_are_counted() {
        let part = |kind: &[u8; 4], content: &[u8]| {
            [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
        };
        let longs = |numbers: &[u32]| -> Vec<u8> {
            numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
        };
        let moof = |head: &[u32], run: &[u32]| {
            let both = [part(b"tfhd", &longs(head)), part(b"trun", &longs(run))].concat();
            part(b"moof", &part(b"traf", &both))
        };
        // The track's number is 1: lengths of all frames, of each, and those of another track.
        let usual = moof(&[0x8, 1, 1000], &[0, 10]);
        let each = moof(&[0, 1], &[0x301, 2, 0, 500, 7, 1500, 7]);
        let other = moof(&[0x8, 2, 1000], &[0, 99]);
        let file = [mp4(480, 640, &[], false), usual, each, other].concat();
        let clip = read_all(&file).unwrap();
        assert_eq!((clip.frames, clip.rate), (12, Fraction::new(30_000 * 12, 12_000)));
        let lying = [mp4(480, 640, &[], false), moof(&[0, 1], &[0x100, u32::MAX, 1])].concat();
        assert!(read_all(&lying).is_err());
    }

    #[test]
    fn what_is_no_clip_is_said() {
        assert_eq!(read_all(b""), Err(Unread::Other));
        assert_eq!(read_all(b"notes on clips"), Err(Unread::Other));
        let why = |file: &[u8]| match read_all(file) {
            Err(Unread::Broken(why)) => why,
            other => panic!("{other:?}"),
        };
        assert!(why(&mp4(480, 640, &[], false)).contains("no frames"));
        assert!(why(b"\x1a\x45\xdf\xa3\0\0\0\0").contains("Matroska"));
        assert!(why(&mp4(0, 640, &[[1, 1]], false)).contains("0 pixels"));
        assert_eq!(why(b"\0\0\0\x10ftypisom\0\0\0\0"), "its header is broken");
    }

    #[test]
    fn boxes_that_lie_are_refused() {
        let whole = mp4(480, 640, &[[16, 1001]], false);
        for end in 0..whole.len() {
            assert!(read_all(&whole[..end]).is_err(), "{end}");
        }
        for at in 0..whole.len() {
            for byte in [0, 1, 7, 0x7f, 0xff] {
                let mut changed = whole.clone();
                changed[at] = byte;
                if let Ok(clip) = read_all(&changed) {
                    assert!(clip.size.height.max(clip.size.width) <= 65_535 && clip.frames > 0);
                }
            }
        }
        // A box of no length within itself, and one of 2^64 − 1 bytes.
        let endless = [b"\0\0\0\x08ftyp", &b"\0\0\0\x08free".repeat(100_000)[..]].concat();
        assert!(read_all(&endless).is_err());
        assert!(read_all(b"\0\0\0\x08ftyp\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
        // More frames than can be counted.
        let absurd = mp4(480, 640, &[[u32::MAX; 2]; 3], false);
        assert_eq!(read_all(&absurd), Err(Unread::Broken("its header says an absurd length")));
    }
}
