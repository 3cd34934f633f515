# The operator's page. Plain words for a person under stress; $name is the expert's name.

app-name = Sightline
checking = One moment…

# Join
join-title = Help is one tap away
join-text = You start with a chat. Your camera stays off until you choose to show something.
join-back-title = Welcome back
join-back-text = Your chat with { $name } is still here.
join-back-text-unnamed = Your chat is still here.
join-name = Your name
join-name-hint = How should we call you?
join-button = Join
join-back-button = Go back in
join-busy = Connecting…
join-lock = Only you and the person who sent this link

# Who is there
lock-only = Only you and { $name }
lock-others = { $others ->
    [one] You, { $name } and 1 other
   *[other] You, { $name } and { $others } others
}
lock-unknown = Only you and the person who invited you
lock-title = This talk is private
lock-text = Everything is locked on this device and opens only on { $name }’s. The server in between can’t read it.
lock-words = To be sure it is really { $name }, compare these words by phone. They must be the same on both sides.
lock-proved = { $name } was checked and is really at the other end.
lock-fallback-name = the expert

# Where we are with the expert
status-here = Here with you
status-weak = Weak connection
status-reconnecting = Connection lost, trying again…
status-away = Away
status-offline = No connection. We keep trying.
status-admitted = You are in, connecting…
status-waiting = Knows that you are here
status-knocking = Telling the expert that you are here…
status-opening = Connecting…

# Room
room-empty-title = Say hello
room-empty-text = Tell { $name } what you need help with.
room-waiting-title = Waiting for { $name } to let you in
room-waiting-text = You can write already. { $name } sees these same four words:
room-away-title = { $name } is away
room-away-text = What you send will be there when { $name } is back. You can close this page and return with the same link.
room-away-member = What you write is kept on this device and sent when { $name } is back. Leave this page open, or come back later.
room-loading = Loading your messages…
room-earlier = Earlier messages
composer-label = Message
composer-hint = Message…
composer-send = Send
composer-too-long = { $over ->
    [one] 1 character too long
   *[other] { $over } characters too long
}
show-button = Show what I see
show-starting = Starting the camera…
message-from = { $name } says
message-mine = You
message-waiting = Not sent yet
message-stored = Waiting for { $name }
message-delivered = Delivered
day-today = Today
day-yesterday = Yesterday

# The expert asks
ask-title = { $name } would like to see
ask-text = May { $name } see through your camera? You can stop at any time. No sound is sent.
ask-show = Show
ask-not-now = Not now

# Live
live-watching = { $name } is watching
live-shown = { $name } can see this
live-weak = Weak connection
live-reconnecting = Connection lost, trying again…
live-away = { $name } is away
live-paused = Your phone paused the camera
live-preview = What { $name } sees
live-flip = Flip
live-flip-label = Flip to the other camera
live-freeze = Freeze
live-freeze-label = Freeze the picture and draw on it with { $name }
live-chat = Chat
live-chat-label = { $unread ->
    [0] Chat
    [one] Chat, 1 new message
   *[other] Chat, { $unread } new messages
}
live-chat-close = Close the chat
live-stop = Stop
live-stop-label = Stop showing the camera
live-stopped = Stopped. { $name } sees nothing now.
live-undo = Undo
toast-label = New message, tap to read:

# Menu
menu-label = More
menu-words = Is it really { $name }?
menu-leave = Leave the chat
menu-close = Close

# Saved sessions
sessions-title = Your chats
sessions-text = Kept on this device only.
sessions-empty-title = You need a link
sessions-empty-text = The person who helps you sends it by message or e-mail. Tap it, or paste it here.
sessions-ended = Ended
sessions-forget = Forget
sessions-forget-label = Forget the chat with { $name } on this device
sessions-forget-sure = Forget it?
sessions-someone = Someone

# Other places
elsewhere-title = Open in another tab
elsewhere-text = This chat is open in another tab or window of this browser.
elsewhere-use = Use it here
ended-title = The session has ended
ended-text = Thank you. What was written stays on this device.
ended-left-title = You left the chat
ended-read = Read the chat
ended-sessions = Your chats
in-app-title = Open it in your browser
in-app-text = { $app } shows this page in its own small browser, which often can’t use the camera.
in-app-text-unnamed = This app shows the page in its own small browser, which often can’t use the camera.
in-app-ios = Open in Safari
in-app-android = Open in your browser
in-app-copy = Copy the link
in-app-copy-hint = Or copy the link and paste it in Safari or Chrome.
in-app-stay = Stay here
too-old-title = This browser is too old
too-old-text = Update it, or open your link in a newer Safari, Chrome, Edge or Firefox, on any device.
too-old-copy = Copy the link

# Small confirmations
said-copied = Copied
said-not-copied = Could not copy
new-link-message = Hello, this is { $name }. My Sightline link doesn’t work any more. Could you send me a new one?

# Failures: what happened, and what to do
error-link-wrong = This link is not right
error-link-wrong-do = Open it again from the message, or paste the whole link here.
error-link-cut = A part of the link is missing
error-link-cut-do = Messages sometimes cut links. Copy the whole link and paste it here.
error-link-unknown = This link doesn’t exist any more
error-link-unknown-do = Ask the person who helps you for a new one.
error-link-expired = This link has expired
error-link-expired-do = Ask the person who helps you for a new one.
error-link-not-yet-valid = It is too early
error-link-not-yet-valid-do = This link works from a later time. Try again then.
error-link-used-up = This link was used already
error-link-used-up-do = If it was you on another device, go on there. Otherwise ask for a new link.
error-link-revoked = This link was withdrawn
error-link-revoked-do = Ask the person who helps you for a new one.
error-record-forged = This invitation can’t be trusted
error-record-forged-do = It was changed on the way. Don’t go on with this link; ask for a new one.
error-record-older = This invitation is out of date
error-record-older-do = The server gave an older one than before. Try again in a moment.
error-knock-refused = You were not let in
error-knock-refused-do = If you think this was a mistake, ask for a new link.
error-knock-too-many = Too many people are waiting
error-knock-too-many-do = Try again in a minute.
error-knock-damaged = Something went wrong on the way
error-knock-damaged-do = Load the page again.
error-removed = You are no longer in this session
error-removed-do = You can still read what was written.
error-session-closed = The session has ended
error-session-closed-do = What was written stays on this device.
error-expert-busy = The expert is with someone else
error-expert-busy-do = Your message is kept. Try again in a moment.
error-expert-unproved = We could not prove who answered
error-expert-unproved-do = For your safety nothing was shown. Check your network and try again.
error-version-unsupported = This page is out of date
error-version-unsupported-do = Load it again to get the new one.
error-rendezvous-down = Can’t reach { $host }
error-rendezvous-down-do = Check your internet connection. We keep trying.
error-rendezvous-refused = The server is too busy
error-rendezvous-refused-do = Try again in a moment.
error-connection-failed = No connection to { $name }
error-connection-failed-do = Your network may block calls. Another network may help; the chat goes on.
error-link-unproved = We could not prove who is there
error-link-unproved-do = For your safety the connection was closed. Try again.
error-browser-too-old = This browser is too old
error-browser-too-old-do = Update it, or open your link in a newer Safari, Chrome, Edge or Firefox.
error-documents-failed = The chat could not be loaded
error-documents-failed-do = Showing the camera still works. Load the page again for the chat.
error-storage-full = This device is full
error-storage-full-do = Free some space: new messages can’t be kept.
error-storage-missing = This browser keeps nothing
error-storage-missing-do = In a private window the chat is gone when you close it.
error-text-too-long = The message is too long
error-text-too-long-do = Send it in parts.
error-outbox-full = Too many messages are waiting
error-outbox-full-do = They are sent as soon as there is a connection.
error-insecure = This address is not safe
error-insecure-do = Open it with https to use the camera.

# What the button of a failure says
remedy-retry = Try again
remedy-reload = Load again
remedy-ask-new-link = Ask for a new link
remedy-paste-link = Open link
remedy-open-secure = Open safely
remedy-sessions = Your chats
remedy-none = OK
paste-label = The whole link
paste-wrong = That is not a whole link yet
retry-in = { $seconds ->
    [one] Trying again in 1 second
   *[other] Trying again in { $seconds } seconds
}

# Files
attach-photo = Photo
attach-photo-label = Take a photo or video and send it
attach-file = File
attach-file-label = Send files from this device
drop-here = Drop files to send them
toast-file = Sent a file
files-title = Files
files-empty = Nothing was sent yet. Photos and files from both sides appear here.
files-save-all = Save all { $n }
files-saved = Saved
files-not-saved = Not everything could be saved
file-preparing = Getting ready…
file-progress = { $have } of { $size }
file-speed = { $speed }/s
file-left-seconds = { $n ->
    [one] 1 second left
   *[other] { $n } seconds left
}
file-left-minutes = { $n ->
    [one] 1 minute left
   *[other] { $n } minutes left
}
file-left-hours = { $n ->
    [one] 1 hour left
   *[other] { $n } hours left
}
file-paused = Paused
file-waiting = Comes as soon as { $name } is connected
file-offered = Large. Get it when you want it.
file-kept = Kept here, sent when { $name } is connected
file-keep-open = Keep this page open until it is sent
file-stored = Waiting for { $name }, sealed
file-delivered = { $name } has it
file-gone = Taken back
file-open-label = Show { $file }
file-open = Open { $file }
file-save = Save { $file }
file-fetch = Get { $file }
file-again = Try { $file } again
file-pause = Pause { $file }
file-resume = Go on with { $file }
file-cancel = Cancel { $file }
file-empty = “{ $file }” is empty
file-empty-do = Choose another file.
file-too-large = “{ $file }” is too large
file-too-large-do = Files up to { $limit } can be sent here. Try a shorter video, or send it in parts.
file-unreadable = “{ $file }” can’t be read
file-unreadable-do = It was moved or changed. Choose it once more.
file-disk-full = This device has no room for “{ $file }”
file-disk-full-do = Free some space, then try again.
file-wrong = “{ $file }” arrived damaged and was not kept
