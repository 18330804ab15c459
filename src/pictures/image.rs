//! The size of an image, as it is shown: turned as its header asks.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use imagesize::{ImageSize, ImageType, reader_type};

use super::heif::{self, is_heif};
use super::orientation::is_turned;
use super::reader::Header;
use super::{Unread, open};
use crate::media::Pixels;

/// The size of an image file. Of an animated one or one of several pages it is that of the first.
///
/// # Errors
/// Why it has none.
pub fn image(path: &Path) -> Result<Pixels, Unread> {
    read(&mut open(path)?)
}

fn read<R: Read + Seek>(header: &mut Header<R>) -> Result<Pixels, Unread> {
    if is_heif(header).unwrap_or(false) {
        return heif::size(header);
    }
    header.seek(SeekFrom::Start(0))?;
    let kind = reader_type(&mut *header).map_err(|_| Unread::Other)?;
    if kind == ImageType::Png {
        begins_with_its_header(header)?;
    }
    let broken = |_| Unread::Broken("its header is broken");
    let ImageSize { height, width } = kind.reader_size(header).map_err(broken)?;
    let Pixels { height, width } = pixels(height as u64, width as u64)?;
    // An orientation that cannot be read turns nothing, as in other programs.
    Ok(match is_turned(kind, header).unwrap_or(false) {
        true => Pixels { height: width, width: height },
        false => Pixels { height, width },
    })
}

/// A size as a header says it.
pub fn pixels(height: u64, width: u64) -> Result<Pixels, Unread> {
    let (shorter, longer) = (height.min(width), height.max(width));
    match () {
        () if shorter == 0 => Err(Unread::Broken("its header says a side of 0 pixels")),
        () if longer > Pixels::LONGEST => Err(Unread::Broken("its header says an absurd size")),
        () => Ok(Pixels { height, width }),
    }
}

/// Sees to it that a PNG begins with its header, where its size stands.
fn begins_with_its_header<R: Read + Seek>(header: &mut Header<R>) -> Result<(), Unread> {
    header.seek(SeekFrom::Start(12))?;
    match &header.take_bytes::<4>()? {
        b"IHDR" => Ok(()),
        _ => Err(Unread::Broken("its first chunk is not its header")),
    }
}

#[cfg(test)]
pub mod testing {
    //! Tiny images.

    /// A PNG of a size, with these chunks after its header.
    pub fn png(height: u32, width: u32, chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, body) in [(b"IHDR", &head[..])].iter().chain(chunks) {
            file.extend((body.len() as u32).to_be_bytes());
            file.extend([&kind[..], body, b"CRC!"].concat());
        }
        file
    }

    /// A JPEG of a size, with this segment of application data before it.
    pub fn jpeg(height: u16, width: u16, exif: &[u8]) -> Vec<u8> {
        let mut file = b"\xff\xd8".to_vec();
        if !exif.is_empty() {
            let body = [b"Exif\0\0", exif].concat();
            file.extend([b"\xff\xe1", &(body.len() as u16 + 2).to_be_bytes()[..], &body].concat());
        }
        file.extend(b"\xff\xc0\0\x11\x08");
        file.extend([height.to_be_bytes(), width.to_be_bytes()].concat());
        file.extend([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
        file.extend(b"\xff\xda\0\x02");
        file
    }

    /// EXIF that says an orientation, in one order of bytes or the other.
    pub fn exif(orientation: u16, is_big: bool) -> Vec<u8> {
        let entries = [[0x100u16, 3, 1, 9], [0x112, 3, 1, orientation]];
        let short = |n: u16| if is_big { n.to_be_bytes() } else { n.to_le_bytes() };
        let long = |n: u32| if is_big { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut file = if is_big { b"MM".to_vec() } else { b"II".to_vec() };
        file.extend(short(42));
        file.extend(long(8));
        file.extend(short(entries.len() as u16));
        for [tag, kind, count, value] in entries {
            file.extend([short(tag), short(kind)].concat());
            file.extend(long(count.into()));
            file.extend([short(value), short(0)].concat());
        }
        file.extend(long(0));
        file
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::heif::testing::avif;
    use super::testing::{exif, jpeg, png};
    use super::*;

    fn size(file: &[u8]) -> Result<(u64, u64), Unread> {
        read(&mut Header::of(Cursor::new(file))).map(|size| (size.height, size.width))
    }

    #[test]
    fn headers_of_common_formats() {
        assert_eq!(size(&png(480, 640, &[])), Ok((480, 640)));
        assert_eq!(size(&jpeg(480, 640, b"")), Ok((480, 640)));
        assert_eq!(size(b"GIF89a\x80\x02\xe0\x01\0\0\0"), Ok((480, 640)));
        let webp = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0";
        assert_eq!(size(webp), Ok((480, 640)));
        let bmp = [
            b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
            &640u32.to_le_bytes()[..],
            &480u32.to_le_bytes(),
            &[0; 28],
        ]
        .concat();
        assert_eq!(size(&bmp), Ok((480, 640)));
    }

    #[test]
    fn a_picture_is_turned_as_its_header_asks() {
        for orientation in 0..=9u16 {
            let turned = (5..=8).contains(&orientation);
            let expected = Ok(if turned { (640, 480) } else { (480, 640) });
            for is_big in [false, true] {
                let exif = exif(orientation, is_big);
                assert_eq!(size(&jpeg(480, 640, &exif)), expected, "{orientation}");
                let before = png(480, 640, &[(b"eXIf", &exif), (b"IDAT", b"x")]);
                assert_eq!(size(&before), expected, "{orientation}");
                let after = png(480, 640, &[(b"IDAT", b"x"), (b"eXIf", &exif), (b"IEND", b"")]);
                assert_eq!(size(&after), expected, "{orientation}");
                let webp = [b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0ODD_\x01\0\0\0x\0EXIF",
                    &(exif.len() as u32).to_le_bytes()[..], &exif].concat();
                assert_eq!(size(&webp), expected, "{orientation}");
            }
        }
    }

    #[test]
    fn a_tiff_is_turned_by_its_first_page() {
        // Its directory stands at the end, as some programs write it.
        let entries = [[0x100u16, 640], [0x101, 480], [0x112, 6]];
        let mut file = b"II\x2a\0\x0c\0\0\0junk".to_vec();
        file.extend((entries.len() as u16).to_le_bytes());
        for [tag, value] in entries {
            file.extend([tag.to_le_bytes(), 3u16.to_le_bytes()].concat());
            file.extend([&1u32.to_le_bytes()[..], &value.to_le_bytes(), &[0, 0]].concat());
        }
        file.extend([0; 4]);
        assert_eq!(size(&file), Ok((640, 480)));
    }

    #[test]
    fn the_primary_image_is_cut_and_turned() {
        let (coded, cut) = ([482, 642], [480, 640]);
        assert_eq!(size(&avif(coded, cut, 0)), Ok((480, 640)));
        assert_eq!(size(&avif(coded, cut, 3)), Ok((640, 480)));
        assert_eq!(size(&avif(coded, cut, 2)), Ok((480, 640)));
        assert!(matches!(size(&avif([0, 1], cut, 0)), Err(Unread::Broken(_))));
        assert!(matches!(size(&avif(coded, [0, 1], 0)), Err(Unread::Broken(_))));
        assert!(matches!(size(&avif(coded, cut, 0)[..100]), Err(Unread::Broken(_))));
    }

    #[test]
    fn headers_that_lie_are_refused() {
        let broken = |file: &[u8]| matches!(size(file), Err(Unread::Broken(_)));
        assert!(broken(&png(0, 640, &[])));
        assert!(broken(&png(u32::MAX, u32::MAX, &[])));
        assert!(broken(&png(480, 640, &[])[..18]));
        assert!(broken(b"\x89PNG\r\n\x1a\n\0\0\0\x04CgBI\0\0\0\0CRC!"));
        assert!(broken(&jpeg(480, 640, b"")[..6]) || size(&jpeg(480, 640, b"")[..6]).is_err());
        for file in [&b""[..], b"x", b"notes on photos", b"%PDF-1.7 and so on", &[0; 64]] {
            assert_eq!(size(file), Err(Unread::Other), "{file:?}");
        }
        // A clip is no image.
        assert_eq!(size(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08free"), Err(Unread::Other));
    }

    #[test]
    fn exif_that_lies_turns_nothing() {
        // A directory that says 65,535 entries, one far beyond the end, one within itself.
        for exif in [
            &b"II\x2a\0\x08\0\0\0\xff\xff"[..],
            b"II\x2a\0\xff\xff\xff\xff",
            b"MM\0\x2a\0\0\0\0",
            b"XX\x2a\0\x08\0\0\0",
            b"II",
        ] {
            assert_eq!(size(&jpeg(480, 640, exif)), Ok((480, 640)), "{exif:?}");
        }
        // Segments that are shorter than their own length, chunks that are longer than the file.
        let looping = [b"\xff\xd8\xff\xe0\0\0", &[0xff, 0xe0, 0, 0].repeat(64)[..]].concat();
        assert!(size(&looping).is_err());
        let mut long = png(480, 640, &[(b"tEXt", b"x")]);
        let at = long.len() - 13;
        long[at..at + 4].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(size(&long), Ok((480, 640)));
    }

    #[test]
    fn no_truncated_or_changed_header_stops_the_program() {
        let files = [
            png(480, 640, &[(b"eXIf", &exif(6, true)), (b"IDAT", b"x")]),
            jpeg(480, 640, &exif(6, false)),
            exif(6, false),
            b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0EXIF\xff\xff\xff\xff".to_vec(),
            avif([482, 642], [480, 640], 1),
            b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl \0\0\0\0jxlc\xff\x0a\xff\xff\xff".to_vec(),
            b"GIF89a\x80\x02\xe0\x01\0\0\0".to_vec(),
        ];
        for file in files {
            for end in 0..file.len() {
                let _ = size(&file[..end]);
                for byte in [0, 1, 0x7f, 0x80, 0xff] {
                    let mut changed = file.clone();
                    changed[end] = byte;
                    let _ = size(&changed);
                }
            }
        }
    }
}
