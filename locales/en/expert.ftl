# The expert app. $name is the person who is helped.

# Rail
new-session = New session
settings = Settings
session-waiting = waiting for somebody
session-live = live
session-away = nobody here
session-closed = closed
somebody-knocks = somebody asks to come in
unread-count = { $count ->
    [one] 1 new message
   *[other] { $count } new messages
}

# First start
start-title = Help somebody, now
start-lead = A session is a private room for you and the person you help. They need a browser, nothing else.
start-step-link = You send a link
start-step-link-about = By any messenger, as a QR code, or read out.
start-step-admit = They ask to come in
start-step-admit-about = You see a name and four words, and decide.
start-step-video = You see what they see
start-step-video-about = You ask for their camera; they choose to show it.
start-session = Start a session
session-default-title = { $time }, { $day }
session-title-person = { $name }, { $day }
setup-title = Where is your rendezvous?
setup-lead = It is the small server of your organisation by which you and the people you help find each other. It can’t read anything.
setup-continue = Continue

# Top line
session-title = Title
panel-open = Show the panel
panel-close = Hide the panel
invite = Invite
duration = Time in this call
link-nobody = Nobody here yet
link-away = Away
link-reaching = Connecting…
link-here = Connected
link-direct = Direct
link-relayed = Relayed
link-direct-detail = Straight from device to device
link-relayed-detail = Through the relay, still sealed end to end
link-traffic-detail = { $in } kbit/s in, { $out } kbit/s out
link-weak = The network is weak: the picture may stutter
figure-fps = { $count } fps
figure-rate = { $rate } kbit/s
figure-lost = { $percent } % lost
lock-alone = Only you
lock-one = Only you and { $name }
lock-two = You, { $first } and { $second }
lock-many = You and { $count } others
lock-one-viewers = { $viewers ->
    [one] You, { $name } and 1 viewer
   *[other] You, { $name } and { $viewers } viewers
}
lock-many-viewers = { $viewers ->
    [one] You, { $count } others and 1 viewer
   *[other] You, { $count } others and { $viewers } viewers
}
lock-alarm = The list of members is in doubt
lock-open-words = Compare the four words
lock-open-people = See who is here
words-title = Four words shared with { $name }
words-lead = { $name } saw the same words when asking to come in. Read them out on the phone to be sure that nobody stands in between.
words-if-not = If they differ, close the session and start a new one.
four-words = Four words: { $words }

# Stage
no-link-title = Invite somebody
no-link-lead = Make a link and send it to the person you want to help.
send-title = Send this link
send-lead = Whoever opens it lands in a chat with you and asks to come in. You decide.
send-again-title = Waiting for somebody to open the link
send-again-lead = You will be called as soon as they ask to come in. Until then you can leave this window.
link = Link
copy-link = Copy link
copied-link = Link copied. Now send it.
invite-other = Other kinds…
qr-name = QR code of the link
ready-title = { $name } is here
ready-lead = Ask to see what they see. They get a question and decide.
ask-video = Ask for video
ask-again = Ask again
asked-title = { $name } was asked
asked-lead = Waiting for the answer. You can write in the meantime.
declined-title = { $name } said: not now
declined-lead = Write a word about why it helps, then ask again.
stopped-title = { $name } stopped the video
stopped-lead = Ask again when you need to see more.
denied-title = The camera is not allowed
denied-lead = { $name }’s browser doesn’t let the page use it. The page shows them how to allow it; then ask again.
no-camera-title = No camera found
no-camera-lead = { $name }’s device seems to have none, or it is switched off.
camera-busy-title = The camera is in use
camera-busy-lead = Another app has it. Ask { $name } to close that app, then ask again.
camera-lost-title = The camera went away
camera-lost-lead = It was unplugged or taken by something else. Ask again when { $name } is ready.
unreadable-title = The picture can’t be shown
unreadable-lead = { $name }’s device sends it in a form that this app doesn’t know. Another browser may help.
reaching-title = Reaching { $name }…
reaching-lead = The connection is being made or mended. This takes some seconds.
away-title = { $name } is away
away-lead = What you write will be there when { $name } returns, by the same link.
away-not-verified = The other end could not prove to be { $name }, so nothing was shown to it. Ask { $name } to open the page anew.
away-no-path = No way was found between the two networks. Ask { $name } to try another network, such as mobile data.
away-misbehaved = { $name }’s page sent something it must not, so the connection was closed. Ask them to reload it.
first-picture = { $name } shows the camera…
picture-of = Live: what { $name } sees
closed-title = This session is closed
closed-lead = It can still be read here. Start a new one to help again.
fit-whole = Whole picture
fit-fill = Fill the stage
fit-actual = 100 %
full-screen = Full screen (F11)
full-screen-leave = Leave full screen (Esc)

# Knock
knock-title = { $name } asks to come in
knock-words-hint = { $name } sees the same words. Compare them by phone if you want to be sure.
knock-gone = { $name } has left again; what you decide will be there on return.
knock-deciding = One moment…
admit = Admit
admit-person = Admit { $name }
refuse = Refuse
write = Write
you = You
waiting-now = just now
waiting-minutes = { $count ->
    [one] 1 minute ago
   *[other] { $count } minutes ago
}

# Chat
tab-chat = Chat
tab-people = People
chat-members = Session
chat-with = Chat with { $name }
chat-field = Message
chat-hint = Message…
chat-hint-person = Write to { $name }…
chat-hint-nobody = Write for whoever comes in…
chat-empty = Nothing written yet. Say hello.
chat-empty-nobody = What you write here waits for whoever you let in.
chat-empty-waiting = Only you and { $name } see what is written here. You can talk before you decide.
chat-closed = The session is closed.
chat-new = New
chat-newest = To the newest message
chat-length = { $length } of { $most } characters
chat-too-long = { $length } of { $most } characters: please shorten
send = Send
copy-text = Copy text
copied-text = Text copied.
note-joined = { $name } joined
note-left = { $name } left
note-other = { $name } was here

# People and links
people-waiting = Asks to come in
people-members = In this session
people-links = Links
people-no-links = No links yet. A link lets somebody ask to come in.
person-you = { $role } · you
invite-title = New link
invite-lead = Whoever opens it can ask to come in with this role.
invite-role = Role
role-operator-about = Is helped: shows the camera, writes, marks.
role-expert-about = Helps with you: sees and does what you do, but can’t end the session.
role-viewer-about = Watches and reads, never writes.
invite-how-many = For
uses-one = One person
uses-five = Up to five
uses-any = Any number
invite-how-long = Works for
valid-hour = 1 hour
valid-day = 1 day
valid-week = 7 days
invite-auto = Admit without asking me
invite-auto-why-not = Only a link for one operator or viewer can do that.
invite-make = Make a link
invite-made = Here is your link
invite-uses = { $count ->
    [one] for one person
   *[other] for { $count } people
}
invite-uses-any = for any number
invite-open = Works for another { $left }
invite-open-used = { $used } came in · works for another { $left }
invite-pending = Works once the rendezvous answers
invite-pending-long = The rendezvous can’t be reached just now. The link works as soon as it answers.
invite-used-up = Used
invite-expired = Expired
invite-revoked = Taken back
invite-auto-short = admits by itself
invite-ask-short = You are asked first
invite-revoke = Take back
invite-revoked-done = The link was taken back.
revoke-title = Take this link back?
revoke-lead = Nobody can come in by it any more. Who is in already stays.
close-session = Close session
close-session-title = Close this session for everybody?
close-session-lead = Nobody can write or show anything any more. It stays readable here.

# Settings
settings-name = Your name
settings-name-hint = As the people you help know you
settings-name-about = The people you help see it, for example “Ana wants to help you”.
settings-language = Language
settings-theme = Look
theme-dark = Dark
theme-light = Light
settings-motion = Reduce motion
settings-rendezvous = Address of the rendezvous
settings-rendezvous-hint = https://help.example.org
settings-rendezvous-wrong = An address looks like https://help.example.org or https://10.0.0.5:8443
settings-trust = Certificates
trust-first-use = Remember the first
trust-system = System only
trust-first-use-about = A self-made certificate is remembered when first seen, and you are asked if it ever changes. Takes effect at the next start.
trust-system-about = Only certificates that this computer trusts anyway. Takes effect at the next start.
rendezvous-online = Connected
rendezvous-connecting = Connecting…
rendezvous-offline = Can’t be reached just now
rendezvous-unset = Not set yet
rendezvous-certificate = Its certificate needs your decision
save = Save
cancel = Cancel
back = Back
close = Close
settings-saved = Settings saved.
open-settings = Open settings

# Problems: what happened, and what to do
problem-unset = No rendezvous is set.
problem-unset-do = Sessions can be read, but nobody new can come in. Enter your organisation’s address.
offline-name-unknown = The rendezvous’ name can’t be found.
offline-name-unknown-do = Check this computer’s internet connection and the address. Running calls go on.
offline-unreachable = The rendezvous doesn’t answer.
offline-unreachable-do = It is tried again all the time. Running calls go on; new people can come in once it answers.
offline-not-sightline = At this address there is something else than a rendezvous.
offline-not-sightline-do = Check the address with whoever runs it.
offline-tls = No secure connection to the rendezvous is possible.
offline-tls-do = Something in between may interfere, or its certificate is broken. Ask whoever runs it.
offline-lost = The rendezvous went away.
offline-lost-do = It is tried again all the time. Running calls go on; new people can come in once it is back.
problem-certificate-changed = { $host } shows another certificate than before.
problem-certificate-unknown = { $host } shows a certificate that nobody vouches for.
problem-certificate-do = Ask whoever runs it whether this fingerprint is right. Until you trust it, nothing is sent there.
trust-certificate = Trust it
certificate-trusted = The certificate is trusted from now on.
problem-disk-full = The disk is full.
problem-disk-full-do = Nothing new is stored or confirmed until there is room. Free some space; the app goes on by itself.
problem-disk-failed = The disk refuses to store anything.
problem-disk-failed-do = Check that the folder can be written to. Until then nothing new is confirmed.
problem-store-damaged = { $count ->
    [one] One place in the stored session “{ $title }” could not be read back.
   *[other] { $count } places in the stored session “{ $title }” could not be read back.
}
problem-store-damaged-do = Everything else is there. What others still have comes back when they connect.
problem-session-unreadable = A stored session could not be opened at all.
problem-session-unreadable-do = Its file was kept as it is. Copy the folder’s path and ask for help with the file.
problem-clock = This computer’s clock jumped back.
problem-clock-do = Links may look longer or shorter valid than they are. Check date and time.
problem-alarm = Two different lists of members were signed with your key.
problem-alarm-do = Nobody new is admitted here. Start a new session and invite the people again.
copy-path = Copy folder path
copied-path = Path copied.
understood = Understood
dismiss = Put aside

# What could not be done
error-busy = Too much at once. Please try again.
error-title = The title is empty or too long.
error-not-stored = It could not be stored on this computer. Check the disk, then try again.
error-too-many-sessions = There are as many sessions as this app holds.
error-stopped = The app is closing.
error-auto-not-allowed = Only a link for one operator or viewer can admit by itself.
error-role-not-allowed = Nobody can be invited with this role.
error-validity-not-allowed = A link can’t work for that long.
error-no-rendezvous = There is no rendezvous yet. Enter its address in the settings.
error-too-many-invites = There are too many open links. Take some back first.
error-session-closed = The session is closed.
error-unknown-session = There is no such session any more.
error-unknown-invite = There is no such link any more.
error-unknown-knock = This person no longer asks to come in.
error-link-used-up = The link was used as often as it may be. Make a new one.
error-link-expired = The link’s time is over. Make a new one.
error-link-revoked = The link was taken back. Make a new one.
error-roster-alarm = Nobody can be admitted while the list of members is in doubt. Start a new session.
error-message-empty = There is nothing to send.
error-message-too-long = The message is too long. Shorten it or send it in parts.
error-not-allowed = Your role doesn’t allow this.
error-unknown-peer = This person is not in the session any more.
error-not-here = This person is not here just now. Ask again when they are back.
error-setting-malformed = This value can’t be used. Check it and save again.

# What keeps the app from starting
error-home-in-use = Sightline is already running with this folder. Use the open window, or start with another folder (--home).
error-home = The folder { $path } can’t be used: { $reason }. Choose another with --home.
error-identity-damaged = The file “identity” in { $path } is damaged. It is your identity and is never replaced by itself: restore it from a backup, or move it away to begin as somebody new.
error-rendezvous-address = “{ $address }” is no address of a rendezvous. It looks like https://help.example.org
error-certificate-file = The file { $path } holds no certificate that can be read.
error-system = The system refuses what the app needs: { $reason }
error-no-display = No screen was found to open a window on. Start with --headless to run without one.
error-no-window = The window could not be opened: { $reason }. Start with --headless to run without one.

# Files
tab-files = Files
tab-steps = Steps
tab-notes = Notes
files-send = Send files
files-send-folder = Send a folder
files-send-to = To { $name }
files-share = Share a document: look at its pages together
files-documents = Documents
files-to-all = everybody in the session
files-empty = No files yet. Send some, or drop them anywhere on this window.
files-drop = Drop here to send to { $name }
files-on-their-way = Being made ready to send.
files-pasted-name = Picture { $time }.png
files-not-now = Nothing can be sent here: you may only watch, or the session is closed.
files-no-dialog = No file dialog could be opened on this system. Drop files onto the window instead.
files-limit = Up to { $size } for each file
files-too-large = { $more ->
    [0] “{ $name }” has { $size }; here a file may have { $limit } at most. It was not sent. Make it smaller, or split it.
    [one] “{ $name }” has { $size }; here a file may have { $limit } at most. It and 1 other were not sent. Make them smaller, or split them.
   *[other] “{ $name }” has { $size }; here a file may have { $limit } at most. It and { $more } others were not sent. Make them smaller, or split them.
}
files-save-all = Save all
files-save-where = Choose a folder to save to
files-saved = { $count ->
    [one] Saved in { $folder }
   *[other] { $count } files saved in { $folder }
}
files-export = Export
files-exported = Exported to { $folder }
file-part = { $have } of { $size }
file-speed = { $speed }/s
file-left-seconds = { $count } s left
file-left-minutes = { $count } min left
file-left-hours = { $count } h left
file-page-count = { $count ->
    [one] 1 page
   *[other] { $count } pages
}
file-here = Here
file-paused = Paused at { $have }
file-waiting = Waiting for who has it
file-offered = Not fetched yet
file-moving = Under way
file-refused = It can’t be had
file-refused-too-large = Larger than is allowed here
file-refused-no-room = There is no room on this computer’s disk
file-refused-disk = This computer’s disk refuses it
file-coming = A file
file-coming-about = On its way
file-look = Look at it
file-pages = Show its pages
file-fetch = Fetch
file-pause = Pause
file-resume = Go on
file-cancel = Stop the transfer
file-cancel-title = Stop this transfer?
file-cancel-lead = What has arrived of it so far is thrown away. To fetch it later, it starts from the beginning.
file-save = Save…
file-board = Draw on it
file-hide = Take off the shelf
file-hide-title = Take this file off the shelf?
file-hide-lead = Nobody sees it in the list any more. Whoever has saved it keeps it.
file-more = More for { $name }
shown-to-all = Everybody is asked to look at it.
session-export = Export
session-export-title = Export this session
session-export-lead = A new folder inside { $folder } gets the chat, the boards, the files that are here, and the signed record that proves who wrote what.
session-export-notes = With the notes that only experts see

# Steps
steps-new = New checklist
steps-load = Load from a file
steps-empty = No checklist yet. Compose one, and the people you help see one big step at a time.
steps-title = Title of the checklist
steps-title-hint = What is it for?
steps-lines = Steps
steps-lines-hint = One step on each line. A Markdown task list can be pasted too.
steps-count = { $count ->
    [0] No steps yet
    [one] 1 step
   *[other] { $count } steps
}
steps-too-many = { $count } steps; a checklist may have { $most }. Make two of it.
steps-too-long = Step { $step } is too long: { $most } characters at most.
steps-publish = Publish
steps-untitled = Checklist
steps-progress = { $done } of { $total } done
steps-failed-count = { $count ->
    [one] 1 doesn’t work
   *[other] { $count } don’t work
}
steps-show = Show to everybody
steps-more = More for { $title }
steps-remove = Take away
steps-remove-title = Take this checklist away?
steps-remove-lead = It disappears for everybody. What was ticked stays in the record of the session.
steps-template-too-large = This file is too large for a checklist.
steps-template-no-text = This file is no text. A checklist is a text file with one step on each line, or a Markdown list.
steps-template-empty = There are no steps in this file.
step-open = To do
step-done = Done
step-failed = Doesn’t work
step-set = Step { $step }: set to “{ $state }”
step-more = More for step { $step }
step-note = Write a note
step-photo = Photo of step { $step }

# Notes and shared texts
notes-private = Private notes
notes-texts = Shared texts
notes-only-experts = Only experts see this
notes-search = Search the notes
notes-none-found = No note has these words.
notes-empty = No notes yet. What you write here stays with the session, and the people you help never see it.
notes-new = New note
notes-new-hint = Write a note…
notes-add = Add note
notes-edit = Edit
notes-remove = Take away
notes-remove-title = Take this note away?
notes-remove-lead = No expert sees it any more.
notes-more = More for the note { $about }
notes-too-long = The note is too long. Make two of it.
text-new = New text
text-title = Title of the text
text-title-hint = What is it about?
text-untitled = Text
text-empty = No shared texts yet. Everybody in the session writes in them at once: a list of parts, a report.
text-field = Shared text
text-hint = Everybody in the session can write here.
text-close = Back to the list
text-show = Show to everybody
text-saved = Everybody has what you see
text-saving = Being sent…
text-cursor = { $name } is here in the text

# What could not be done with them
error-unknown-board = There is no such board any more.
error-unknown-stroke = This drawing is not there any more.
error-no-picture = There is no picture just now.
error-not-a-picture = This is no picture that can be shown here, or it is too large.
error-board-full = The board is full. Start a new one.
error-nothing-to-undo = There is nothing to take back.
error-unknown-file = There is no such file any more.
error-file-unreadable = The file can’t be read. Check that it is still there and that you may open it.
error-file-changed = The file was changed while it was read. Send it again.
error-file-empty = The file is empty. There is nothing to send.
error-file-too-large = A file is larger than is allowed here. Make it smaller, or split it.
error-too-many-files = The session holds as many files as it can. Take some off the shelf first.
error-no-room = There is no room for it. Free some space, or choose another place.
error-file-not-here = The file is not here yet. Try again when it has arrived.
error-not-a-document = This can’t be shown as pages. PDF, pictures, text and Markdown can. It can still be sent as a file.
error-unknown-entry = This is not there any more.
error-unknown-text = There is no such text any more.
error-empty = There is nothing in it yet.
error-too-long = It is too long. Shorten it, or make two of it.

# Documents on the stage
pages-title = Document: { $title }
pages-count = Page { $page } of { $pages }
pages-picture = Page { $page } of { $title }
pages-back = Page back
pages-on = Page on
pages-wide = As wide as the stage
pages-whole = The whole page
pages-together = Turn together
pages-draw = Draw on this page
pages-board-title = { $title }, page { $page }
pages-close = Close the document
pages-coming = This page is on its way…
pages-refused = This page can’t be shown.

# Boards: pictures to draw on
freeze = Freeze
freeze-about = Stop the picture and draw on it (F, or D)
photo = Photo
photo-about = Ask for a photo in full resolution (P)
photo-instead = Ask for a photo
photo-asked = { $name } is asked for a photo. It opens here as soon as it arrives.
photo-refused = No photo came: { $name }’s device can’t take one, or said no.
point = Point
point-about = Show others where you point (V)
board-came = A new picture from { $name }
board-shown = They see this picture now.
board-show = Show to { $name }
board-by = { $name }, { $time }
board-untitled = Picture, { $time }
board-picture = { $title }, { $count ->
    [one] 1 mark
   *[other] { $count } marks
}
board-opening = Opening the picture…
board-arriving = The picture is on its way…
board-too-large = This picture is too large to be shown.
board-no-picture = This file is no picture that can be shown.
board-rename = Rename
board-compare = Compare with another picture
board-export = Save as a picture file, with everything drawn
board-exported = Saved: { $path }
board-back = Camera
compare-pick = Choose below what to compare with
compare-leave = End comparing
compare-beside = Side by side
compare-over = One over the other
compare-divider = Dividing line: drag it
export-title = Save this picture with everything drawn on it
strip-live = Live: { $name }
tool-look = Move and zoom
tool-point = Point (V)
tool-pen = Draw freehand (D)
tool-arrow = Arrow
tool-rectangle = Rectangle
tool-ellipse = Ellipse
tool-text = Write
tool-text-field = Words on the picture
tool-mark = Number
tool-dot = Dot
tool-erase = Erase whole lines
ink-red = Red
ink-yellow = Yellow
ink-green = Green
ink-blue = Blue
ink-white = White
width-thin = Thin
width-medium = Medium
width-thick = Thick
undo = Undo (Ctrl+Z)
redo = Redo (Ctrl+Shift+Z)
error-picture-not-here = The picture is not on this computer yet. Try again when it has arrived.
error-not-exported = It could not be saved there. Choose another folder or name.
