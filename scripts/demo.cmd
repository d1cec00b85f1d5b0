@echo off
rem demo.cmd - builds with Visual Studio, then shows a session at work on a small git repository, step by step. Whatever it
rem shows it checks: the exit code is 0 only where everything is as it says.
setlocal
cd /d "%~dp0.."
echo This demo opens sandbox sessions through COM and runs commands in them. The strict default policy is refused in this
echo version: you will see that refusal first; the demo then goes on with a policy whose "require" is lowered to exactly
echo what the text of that error offers. What holds is in the report, what does not is named there.
echo.
call scripts\build.cmd
if errorlevel 1 exit /b 1

set "demo=%TEMP%\sbx-demo"
if exist "%demo%" rmdir /s /q "%demo%"
mkdir "%demo%\app"
copy /y scripts\samples\worker.c "%demo%\app" > nul
echo @echo Hello %%1> "%demo%\app\greet.cmd"
echo *.exe> "%demo%\app\.gitignore"
echo *.obj>> "%demo%\app\.gitignore"

rem The compiler and git run outside the sandbox here, as under Wine, so that both demos show the same.
for /f "usebackq delims=" %%i in (`"%ProgramFiles(x86)%\Microsoft Visual Studio\Installer\vswhere.exe" -latest -products * -requires Microsoft.VisualStudio.Component.VC.Tools.x86.x64 -property installationPath`) do set "vs=%%i"
call "%vs%\VC\Auxiliary\Build\vcvars64.bat" > nul
pushd "%demo%\app"
cl /nologo /O2 /D_CRT_SECURE_NO_WARNINGS worker.c > nul
if errorlevel 1 (
    echo demo.cmd: worker.c could not be compiled.
    exit /b 1
)
where git > nul 2> nul
if not errorlevel 1 (
    git init -q -b main
    git add .
    git -c user.name=Demo -c user.email=demo@example.com commit -q -m "A program and a batch file"
)
popd

rem Elevated processes see what is registered for the machine alone; others need not be elevated to register for themselves.
set "register=/n /i:user"
"%SystemRoot%\System32\fltmc.exe" > nul 2> nul
if not errorlevel 1 set "register="
"%SystemRoot%\System32\regsvr32.exe" /s %register% build\bin\sbxcom.dll
if errorlevel 1 (
    echo demo.cmd: sbxcom.dll could not be registered.
    exit /b 1
)

set "SBX_DEMO_SECRET=hunter2"
set "wrong="
"%SystemRoot%\System32\cscript.exe" //nologo scripts\samples\demo.vbs "%demo%\app" "%demo%\policy.json"
if not "%errorlevel%"=="7" set "wrong=1"

echo.
echo == 7. The same from a shell: sbx run
build\bin\sbx.exe run --workspace "%demo%\app" --policy "%demo%\policy.json" -- .\worker.exe count < "%demo%\app\worker.c"
if errorlevel 1 set "wrong=1"
build\bin\sbx.exe run --workspace "%demo%\app" --policy "%demo%\policy.json" -- .\worker.exe fail 42
if not "%errorlevel%"=="42" set "wrong=1"
build\bin\sbx.exe run --workspace "%demo%\app" -- .\worker.exe args
if not "%errorlevel%"=="77" set "wrong=1"

echo.
echo == 8. The same from PowerShell: scripts\samples\run.ps1
powershell.exe -NoProfile -ExecutionPolicy Bypass -File scripts\samples\run.ps1 "%demo%\app" "%demo%\policy.json" "%demo%\app\worker.exe" args "two words"
if errorlevel 1 set "wrong=1"

"%SystemRoot%\System32\regsvr32.exe" /s /u %register% build\bin\sbxcom.dll
echo.
if defined wrong (
    echo Not everything was as it says.
    exit /b 1
)
echo All of it was as it says. Next: scripts\test.cmd
exit /b 0
