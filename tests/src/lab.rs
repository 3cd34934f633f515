//! One machine with everything on it, in a folder of its own.

use std::path::{Path, PathBuf};

use crate::{
    browser::{Browser, BrowserSetup},
    expert::{Expert, ExpertSetup},
    net::Host,
    picture,
    rendezvous::RendezvousProcess,
    xvfb::Xvfb,
};

/// Programs, folders and a rendezvous. Dropping it removes the folder unless `SIGHTLINE_KEEP` is set.
pub struct Lab {
    /// The rendezvous.
    pub rendezvous: RendezvousProcess,
    folder: PathBuf,
    host: Host,
    display: Option<Xvfb>,
    _temporary: Option<tempfile::TempDir>,
}

impl Lab {
    /// Starts a rendezvous that serves the built page.
    pub fn start(name: &str) -> Self {
        Self::start_with(name, &[])
    }

    /// As [`Self::start`], with arguments for the rendezvous.
    pub fn start_with(name: &str, arguments: &[&str]) -> Self {
        Self::start_on(name, &Host::here(), arguments)
    }

    /// As [`Self::start_with`], the rendezvous and the expert apps on this host.
    pub fn start_on(name: &str, host: &Host, arguments: &[&str]) -> Self {
        let temporary = tempfile::Builder::new().prefix(&format!("sightline-{name}-")).tempdir().expect("a folder");
        let (folder, temporary) = match std::env::var_os("SIGHTLINE_KEEP") {
            Some(_) => (temporary.keep(), None),
            None => (temporary.path().to_owned(), Some(temporary)),
        };
        let rendezvous = RendezvousProcess::start(program("sightline-rendezvous"), page(), &folder, host, arguments);
        Self { rendezvous, folder, host: host.clone(), display: None, _temporary: temporary }
    }

    /// The lab's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// An expert app without a window.
    pub fn expert(&mut self, name: &str) -> Expert {
        self.expert_with(name, ExpertSetup::default())
    }

    /// An expert app in a window of a display nobody sees.
    pub fn windowed_expert(&mut self, name: &str) -> Expert {
        self.expert_with(name, ExpertSetup { windowed: true, ..ExpertSetup::default() })
    }

    /// An expert app as `setup` says; the same name is the same home.
    pub fn expert_with(&mut self, name: &str, mut setup: ExpertSetup) -> Expert {
        if setup.windowed && setup.display.is_none() {
            let display = self.display.get_or_insert_with(|| Xvfb::start(1280, 800));
            setup.display = Some(display.display().to_owned());
        }
        setup.rendezvous.get_or_insert_with(|| self.rendezvous.url());
        setup.certificate.get_or_insert_with(|| self.rendezvous.certificate());
        Expert::start(self.host.command(program("sightline")), name, &self.folder, &setup)
    }

    /// A browser of its own; the same name is the same profile.
    pub fn browser(&self, name: &str, setup: BrowserSetup) -> Browser {
        Browser::start(name, &self.folder, setup)
    }

    /// The camera file that [`picture`] can read back, 640 x 360.
    pub fn camera(&self) -> PathBuf {
        let path = self.folder.join("camera.y4m");
        if !path.exists() {
            picture::write_camera(&path, 640, 360, 90);
        }
        path
    }

    /// A path for a picture; kept in `SIGHTLINE_SCREENSHOTS` when that is set.
    pub fn shot(&self, name: &str) -> PathBuf {
        let folder = std::env::var_os("SIGHTLINE_SCREENSHOTS").map_or_else(|| self.folder.clone(), PathBuf::from);
        std::fs::create_dir_all(&folder).expect("a folder for pictures");
        folder.join(format!("{name}.png"))
    }
}

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is inside the project").to_owned()
}

/// The page as built by `npm run build`.
pub fn page() -> PathBuf {
    let page = std::env::var_os("SIGHTLINE_PAGE").map_or_else(|| root().join("web-operator/dist"), PathBuf::from);
    assert!(page.join("index.html").exists(), "build the page first: npm run build in web-operator (./test does)");
    page
}

/// A program built beside this test.
pub fn program(name: &str) -> PathBuf {
    let here = std::env::current_exe().expect("a path");
    here.ancestors()
        .skip(1)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("build {name} first: cargo build --workspace (./test does)"))
}
