//! The icons: Lucide's, as on the page, from its font.

use egui::{FontFamily, FontId};

/// What the app draws as icons, by meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is named by what it shows")]
pub enum Icon {
    Add,
    Admit,
    Alert,
    ArrowRight,
    Away,
    Camera,
    CameraOff,
    Chat,
    Check,
    CheckTwice,
    Clock,
    Close,
    Cloud,
    CloudOff,
    Copy,
    Disk,
    Down,
    Exit,
    Expand,
    Fill,
    Fit,
    Info,
    Key,
    Link,
    Lock,
    Moon,
    PanelClose,
    PanelOpen,
    Pencil,
    People,
    Person,
    Qr,
    Refresh,
    Relay,
    Send,
    Settings,
    Shield,
    ShieldAlert,
    Shrink,
    Sun,
    Trash,
    Undo,
    Video,
    Wait,
    Zap,
}

impl Icon {
    /// The character of the icon font.
    pub fn glyph(self) -> char {
        use lucide_icons::Icon as L;
        let icon = match self {
            Self::Add => L::Plus,
            Self::Admit => L::UserCheck,
            Self::Alert => L::TriangleAlert,
            Self::ArrowRight => L::ArrowRight,
            Self::Away => L::Moon,
            Self::Camera => L::Camera,
            Self::CameraOff => L::CameraOff,
            Self::Chat => L::MessageCircle,
            Self::Check => L::Check,
            Self::CheckTwice => L::CheckCheck,
            Self::Clock => L::Clock,
            Self::Close => L::X,
            Self::Cloud => L::Cloud,
            Self::CloudOff => L::CloudOff,
            Self::Copy => L::Copy,
            Self::Disk => L::HardDrive,
            Self::Down => L::ChevronDown,
            Self::Exit => L::LogOut,
            Self::Expand => L::Maximize,
            Self::Fill => L::Expand,
            Self::Fit => L::RectangleHorizontal,
            Self::Info => L::Info,
            Self::Key => L::KeyRound,
            Self::Link => L::Link,
            Self::Lock => L::Lock,
            Self::Moon => L::Moon,
            Self::PanelClose => L::PanelRightClose,
            Self::PanelOpen => L::PanelRightOpen,
            Self::Pencil => L::Pencil,
            Self::People => L::Users,
            Self::Person => L::User,
            Self::Qr => L::QrCode,
            Self::Refresh => L::RefreshCw,
            Self::Relay => L::Waypoints,
            Self::Send => L::SendHorizontal,
            Self::Settings => L::Settings,
            Self::Shield => L::ShieldCheck,
            Self::ShieldAlert => L::ShieldAlert,
            Self::Shrink => L::Minimize,
            Self::Sun => L::Sun,
            Self::Trash => L::Trash2,
            Self::Undo => L::Undo2,
            Self::Video => L::Video,
            Self::Wait => L::Hourglass,
            Self::Zap => L::Zap,
        };
        char::from(icon)
    }

    /// The font to draw it with.
    pub fn font(size: f32) -> FontId {
        FontId::new(size, FontFamily::Name(FAMILY.into()))
    }
}

/// Name of the family that holds the icons alone.
pub(crate) const FAMILY: &str = "icons";
