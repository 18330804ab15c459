//! Frames of a clip that is written in fragments (ISO/IEC 14496-12, 8.8): each says its own.

use std::io::{self, Read, Seek};

use super::boxes::Part;
use super::reader::Header;

/// How many frames a track has in all fragments, and how many ticks they last together.
///
/// # Errors
/// A fragment is broken, or there are more frames than can be counted.
pub fn frames<R: Read + Seek>(
    header: &mut Header<R>,
    file: Part,
    movie: Part,
    track: u64,
) -> io::Result<(u64, u64)> {
    let mut usual = 0;
    if let Ok(extends) = movie.part(header, b"mvex") {
        for part in extends.parts(header)?.into_iter().filter(|part| &part.kind == b"trex") {
            if part.number::<R, 4>(header, 4)? == track {
                usual = part.number::<R, 4>(header, 12)?;
            }
        }
    }
    let mut sum = (0u64, 0u64);
    for fragment in file.parts(header)?.into_iter().filter(|part| &part.kind == b"moof") {
        for run in fragment.parts(header)?.into_iter().filter(|part| &part.kind == b"traf") {
            let head = run.part(header, b"tfhd")?;
            if head.number::<R, 4>(header, 4)? != track {
                continue;
            }
            let flags = head.number::<R, 4>(header, 0)?;
            // What stands before the length of a frame, where it is there.
            let at = 8 + if flags & 1 != 0 { 8 } else { 0 } + if flags & 2 != 0 { 4 } else { 0 };
            let each = if flags & 8 != 0 { head.number::<R, 4>(header, at)? } else { usual };
            for part in run.parts(header)?.into_iter().filter(|part| &part.kind == b"trun") {
                let (frames, lasting) = of_run(header, part, each)?;
                let added = sum.0.checked_add(frames).zip(sum.1.checked_add(lasting));
                sum = added.ok_or_else(|| io::Error::other("too many frames"))?;
            }
        }
    }
    Ok(sum)
}

/// Frames and ticks of a run, whose frames last so long if they do not say it.
fn of_run<R: Read + Seek>(header: &mut Header<R>, run: Part, each: u64) -> io::Result<(u64, u64)> {
    let flags = run.number::<R, 4>(header, 0)?;
    let frames = run.number::<R, 4>(header, 4)?;
    if flags & 0x100 == 0 {
        return Ok((frames, frames * each));
    }
    let first = 8 + if flags & 1 != 0 { 4 } else { 0 } + if flags & 4 != 0 { 4 } else { 0 };
    let fields = [0x100, 0x200, 0x400, 0x800].iter().filter(|flag| flags & **flag != 0).count();
    let mut lasting = 0;
    for frame in 0..frames {
        lasting += run.number::<R, 4>(header, first + frame * 4 * fields as u64)?;
    }
    Ok((frames, lasting))
}
