//! The size of a HEIC or AVIF image (ISO/IEC 23008-12): that of its primary item, cut and turned as
//! its properties ask, in their order.

use std::io::{self, Read, Seek, SeekFrom};

use super::Unread;
use super::boxes::Part;
use super::image::pixels;
use super::reader::Header;
use crate::media::Pixels;

/// The brands of still images and of sequences that have one.
const BRANDS: [&[u8; 4]; 13] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"avif", b"avis", b"mif1", b"mif2",
    b"msf1", b"miaf", b"MA1B",
];

/// The longest list of brands that is read, in bytes.
const LONGEST_LIST: u64 = 1024;

/// Whether a file says that it is one.
///
/// # Errors
/// Its first bytes cannot be read.
pub fn is_heif<R: Read + Seek>(header: &mut Header<R>) -> io::Result<bool> {
    header.seek(SeekFrom::Start(0))?;
    let length = u64::from(u32::from_be_bytes(header.take_bytes()?));
    if &header.take_bytes::<4>()? != b"ftyp" || !(16..=LONGEST_LIST).contains(&length) {
        return Ok(false);
    }
    let mut is_one = false;
    for at in 0..(length - 8) / 4 {
        let brand = header.take_bytes::<4>()?;
        // A version stands after the first.
        is_one |= at != 1 && BRANDS.contains(&&brand);
    }
    Ok(is_one)
}

/// Its size.
///
/// # Errors
/// The header is broken, or says none.
pub fn size<R: Read + Seek>(header: &mut Header<R>) -> Result<Pixels, Unread> {
    let end = header.seek(SeekFrom::End(0))?;
    let meta = Part::whole(end).part(header, b"meta")?.after_version()?;
    let primary = meta.part(header, b"pitm")?;
    let item = match primary.number::<R, 1>(header, 0)? {
        0 => primary.number::<R, 2>(header, 4)?,
        _ => primary.number::<R, 4>(header, 4)?,
    };
    let described = meta.part(header, b"iprp")?;
    let properties = described.part(header, b"ipco")?.parts(header)?;
    let table = described.part(header, b"ipma")?;
    let own = of_item(header, table, item)?;
    let mut size = None;
    for index in own {
        let place = usize::try_from(index).ok().and_then(|index| index.checked_sub(1));
        let Some(property) = place.and_then(|place| properties.get(place)) else { continue };
        let mut number = |place| property.number::<R, 4>(header, place);
        size = match (&property.kind, size) {
            (b"ispe", _) => {
                let (width, height) = (number(4)?, number(8)?);
                Some(pixels(height, width)?)
            }
            (b"clap", Some(_)) => {
                let mut side = |place| Ok::<_, io::Error>((number(place)?, number(place + 4)?));
                let (width, height) = (side(0)?, side(8)?);
                let whole = |(part, of): (u64, u64)| (2 * part + of).checked_div(2 * of);
                Some(pixels(whole(height).unwrap_or(0), whole(width).unwrap_or(0))?)
            }
            (b"irot", Some(Pixels { height, width })) => {
                let is_turned = property.number::<R, 1>(header, 0)? % 2 == 1;
                Some(if is_turned {
                    Pixels { height: width, width: height }
                } else {
                    Pixels { height, width }
                })
            }
            (_, size) => size,
        };
    }
    size.ok_or(Unread::Broken("its header says no size"))
}

/// The properties of an item, by their places in the list, which begin with 1.
fn of_item<R: Read + Seek>(header: &mut Header<R>, table: Part, item: u64) -> io::Result<Vec<u64>> {
    let version = table.number::<R, 4>(header, 0)?;
    let (has_long_items, has_long_places) = (version >> 24 > 0, version & 1 == 1);
    let entries = table.number::<R, 4>(header, 4)?;
    let mut at = 8;
    for _ in 0..entries {
        let (other, length) = match has_long_items {
            false => (table.number::<R, 2>(header, at)?, 2),
            true => (table.number::<R, 4>(header, at)?, 4),
        };
        let count = table.number::<R, 1>(header, at + length)?;
        at += length + 1;
        let each = if has_long_places { 2 } else { 1 };
        if other == item {
            let place = |nth: u64| match has_long_places {
                false => Ok(table.number::<R, 1>(header, at + nth)? & 0x7f),
                true => Ok(table.number::<R, 2>(header, at + 2 * nth)? & 0x7fff),
            };
            return (0..count).map(place).collect();
        }
        at += count * each;
    }
    Ok(Vec::new())
}

#[cfg(test)]
pub mod testing {
    //! Tiny images.

    fn part(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
    }

    /// An AVIF image of a size that is cut to another and turned, after a thumbnail.
    pub fn avif(coded: [u32; 2], cut: [u32; 2], turns: u8) -> Vec<u8> {
        let longs = |numbers: &[u32]| -> Vec<u8> {
            numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
        };
        let properties = [
            part(b"ispe", &longs(&[0, 9000, 9000])),
            part(b"ispe", &longs(&[0, coded[1], coded[0]])),
            part(b"clap", &longs(&[cut[1], 1, cut[0], 1, 0, 1, 0, 1])),
            part(b"irot", &[turns]),
        ];
        let ipma = [&longs(&[0, 2])[..], &[0, 1, 1, 0x81], &[0, 2, 3, 2, 0x83, 0x84]].concat();
        let iprp = [part(b"ipco", &properties.concat()), part(b"ipma", &ipma)].concat();
        let meta = [longs(&[0]), part(b"pitm", &[0, 0, 0, 0, 0, 2]), part(b"iprp", &iprp)].concat();
        [part(b"ftyp", b"avif\0\0\0\0mif1avif"), part(b"meta", &meta), part(b"mdat", b"x")].concat()
    }
}
