//! The benchmarks: prints a table and writes `bench/results.json` into the cargo target folder.
//!
//! Every figure is taken on loopback with the real programs. `low` and `high` are the smallest and largest of the runs (or the
//! median's neighbours where said); `against` names what `ratio` compares with, in the same run.

mod bare;
mod boards;
mod calls;
mod chat;
mod files;
mod page;
mod peers;
mod rivals;
mod show;
mod table;
mod video;

use table::Table;

/// One part of the benchmarks.
type Measure = fn(&mut Table);

fn main() {
    let only = std::env::args().nth(1);
    let parts: [(&str, Measure); 8] = [
        ("page", page::measure),
        ("calls", calls::measure),
        ("video", video::measure),
        ("chat", chat::measure),
        ("peers", peers::measure),
        ("show", show::measure),
        ("boards", boards::measure),
        ("files", files::measure),
    ];
    let mut table = Table::default();
    for (name, measure) in parts {
        if only.as_deref().is_none_or(|wanted| wanted == name) {
            eprintln!("measuring: {name}");
            measure(&mut table);
        }
    }
    table.print();
    table.write();
}
