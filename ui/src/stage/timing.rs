//! How long drawing a picture takes, for the figures that the app reports about itself.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use serde::Serialize;

/// Running averages, written by the painter and read by anybody.
#[derive(Debug, Default)]
pub struct PaintTimes {
    pictures: AtomicU64,
    averages: Mutex<Averages>,
}

/// Average times per picture, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Averages {
    /// Turning the picture's planes into colours: by the shader, or on the processor without one.
    pub convert_ms: f32,
    /// Handing the picture to the graphics driver.
    pub upload_ms: f32,
}

impl PaintTimes {
    /// Counts a picture that was put on screen; says whether this one shall be measured exactly.
    ///
    /// An exact measurement waits for the graphics driver, so only one picture in ten pays for it.
    pub fn count(&self) -> bool {
        self.pictures.fetch_add(1, Ordering::Relaxed).is_multiple_of(SAMPLE_EVERY)
    }

    /// Adds a measurement.
    pub fn measured(&self, convert_ms: f32, upload_ms: f32) {
        let mut averages = self.averages.lock().unwrap_or_else(PoisonError::into_inner);
        let first = averages.upload_ms == 0.0 && averages.convert_ms == 0.0;
        let weight = if first { 1.0 } else { 0.2 };
        averages.convert_ms += (convert_ms - averages.convert_ms) * weight;
        averages.upload_ms += (upload_ms - averages.upload_ms) * weight;
    }

    /// Averages so far.
    pub fn averages(&self) -> Averages {
        *self.averages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many pictures were put on screen.
    pub fn pictures(&self) -> u64 {
        self.pictures.load(Ordering::Relaxed)
    }
}

/// At 30 pictures a second, three exact measurements a second.
const SAMPLE_EVERY: u64 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_follow_the_measurements() {
        let times = PaintTimes::default();
        assert!(times.count());
        assert!(!times.count());
        times.measured(2.0, 1.0);
        assert_eq!(times.averages(), Averages { convert_ms: 2.0, upload_ms: 1.0 });
        times.measured(3.0, 1.0);
        assert!((times.averages().convert_ms - 2.2).abs() < 1e-6);
        assert_eq!(times.pictures(), 2);
    }
}
