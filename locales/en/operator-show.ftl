# The operator’s page, words that a call does not need before it starts: what is shown, camera problems.
# Plain words for a person under stress; $name is whoever shows or asks.

# Cards
card-back-camera = Camera
card-back-chat = Chat
card-back-camera-label = Back to the camera
card-back-chat-label = Back to the chat
card-all = All that was shown
picture-coming = The picture is on its way…
picture-bad = This picture can’t be shown here.
picture-enlarge = Enlarge
picture-whole = Whole picture
said-not-frozen = Could not freeze the picture. Try again.
said-no-photo = That did not work. Try again.
said-photo-sent = Photo sent

# Boards
board-of = Picture from { $name }
board-mine = Your picture
board-hint-look = Tap to point, or draw
board-hint-draw = Two fingers move it
board-hint-erase = Tap your own lines
board-label = { $count ->
    [0] The picture
    [one] The picture, with 1 thing drawn on it
   *[other] The picture, with { $count } things drawn on it
}
boards-label = Pictures
boards-one = Picture { $number }: { $name }
tools-label = Drawing tools
tool-pen = Draw
tool-arrow = Arrow
tool-mark = Mark
tool-erase = Erase
tool-colour = Colour
tool-undo = Undo
tool-redo = Redo
ink-red = Red
ink-yellow = Yellow
ink-green = Green
ink-blue = Blue
ink-white = White

# The expert asks for a photo
photo-title = { $name } asks for a sharp photo
photo-text = Take a picture of what you are looking at.
photo-text-live = Hold your phone still and take the picture.
photo-take = Take photo
photo-taking = Sending the photo…

# Steps
steps-from = Steps from { $name }
steps-progress = { $done } of { $all } answered
steps-back = Step before
steps-forward = Step after
steps-all = All steps
steps-one = Back to the step
steps-finished = That was the last step
steps-finished-text = { $name } sees your answers.
step-number = Step { $number } of { $all }
step-done = Done
step-failed = Doesn’t work
step-next = Next step
step-photo = Add a photo
step-photo-again = New photo
step-photo-name = Step { $number }.jpg
step-is-done = Done
step-is-failed = Doesn’t work
step-note = What happens instead?

# Documents
page-from = From { $name }
page-hint = Page { $page } of { $all } · { $name }
page-label = Page { $page } of { $all }
page-title = { $name }, page { $page }
page-back = Page before
page-forward = Page after
page-follow = Follow { $name }: page { $page }
page-draw = Draw
page-save = Save
page-fetch = Get file
page-fetching = { $percent } %
page-no-preview = There is no preview of this file.
page-cut = The file goes on; save it to read the rest.

# Shared text
text-title = Shared text
text-hint = You can both write here.
text-hint-viewer = You can read along here.
text-writer = { $name } · line { $line }

# Everything that was shown
all-title = Shown so far
all-count = { $count ->
    [one] 1 thing to look at
   *[other] { $count } things to look at
}
all-pill = { $count ->
    [one] Shown so far: 1 thing
   *[other] Shown so far: { $count } things
}
all-pages = { $count ->
    [one] 1 page
   *[other] { $count } pages
}
all-text = Text with { $name }

# Camera problems
camera-denied = The camera is not allowed
camera-denied-do = Allow it once, then try again:
camera-dismissed = We still need your permission
camera-dismissed-do = Your browser asks if this page may use the camera. Choose “Allow”.
camera-missing = No camera found
camera-missing-do = Connect a camera, or open your link on a phone. You can go on chatting.
camera-busy = Another app is using the camera
camera-busy-do = Close other apps that use the camera, such as video calls, then try again.
camera-lost = The camera was switched off
camera-lost-do = A phone call, another app or an unplugged camera may be the reason. Start it again when you are ready.
camera-insecure = This page can’t use the camera
camera-insecure-do = Open your link in Safari, Chrome, Edge or Firefox.
camera-again = Try again
camera-start-again = Start the camera
camera-without = Back to the chat

# How to allow the camera, one step a line
allow-ios-1 = Tap the page settings icon beside the address
allow-ios-2 = Tap “Website Settings”, then Camera: “Allow”
allow-ios-3 = Come back and try again
allow-android-chrome-1 = Tap the icon to the left of the address
allow-android-chrome-2 = Tap “Permissions” and switch the camera on
allow-android-chrome-3 = Come back and try again
allow-android-firefox-1 = Tap the lock beside the address
allow-android-firefox-2 = Tap the camera so that it says “Allowed”
allow-android-firefox-3 = Come back and try again
allow-android-samsung-1 = Tap the lock beside the address
allow-android-samsung-2 = Tap “Permissions” and allow the camera
allow-android-samsung-3 = Come back and try again
allow-mac-safari-1 = Open the Safari menu, “Settings for This Website”
allow-mac-safari-2 = Set Camera to “Allow”
allow-mac-safari-3 = Come back and try again
allow-firefox-1 = Click the crossed-out camera beside the address
allow-firefox-2 = Remove the block
allow-firefox-3 = Try again and choose “Allow”
allow-chromium-1 = Click the icon to the left of the address
allow-chromium-2 = Switch the camera on
allow-chromium-3 = Come back and try again
